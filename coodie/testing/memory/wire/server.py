"""The server's part of the protocol: a frame in, a frame out. It knows no socket and no driver.

What the engine has not got is answered as a server's error, 0x0000, whose message begins with the name of the refusal.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from coodie.testing.memory.answers import Change, Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.base import PROTOCOL, SERVER_ERROR, CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.errors.protocol import USE_AND_PREPARE
from coodie.testing.memory.plans import Plan, Switching
from coodie.testing.memory.statements.select import Reading
from coodie.testing.memory.terms import Value
from coodie.testing.memory.wire import frames, requests, results
from coodie.testing.memory.wire.frames import Body, Frame, ProtocolViolation
from coodie.testing.memory.wire.prepared import Prepared, PreparedStatements, is_qualified, marks_of, table_of

_log: Final = logging.getLogger("coodie.testing")
_MOST_TEXT: Final = 1 << 20
_EVENTS: Final = ("SCHEMA_CHANGE", "STATUS_CHANGE", "TOPOLOGY_CHANGE", "GRAPH_CHANGE")
_SUPPORTED: Final = {
    "PROTOCOL_VERSIONS": [f"{version}/v{version}" for version in frames.VERSIONS],
    "COMPRESSION": [],
    "CQL_VERSION": ["3.4.7"],
}


@dataclass(eq=False, slots=True)
class Connection:
    """What is known of a client. ``send`` gives it an event."""

    send: Callable[[Frame], None]
    version: int = frames.NEWEST
    started: bool = False
    keyspace: str | None = None
    events: frozenset[str] = frozenset()
    warned: bool = False


class Server:
    """Answers for an engine, whose changes of the schema it tells to the clients that want to know. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = Lock()
        self._connections: set[Connection] = set()
        self._prepared = PreparedStatements(engine)
        engine.listeners.append(self._changed)

    def close(self) -> None:
        """Hear no more of the engine."""
        if self._changed in self.engine.listeners:
            self.engine.listeners.remove(self._changed)

    def connect(self, send: Callable[[Frame], None]) -> Connection:
        """A client has come."""
        found = Connection(send)
        with self._lock:
            self._connections.add(found)
        return found

    def disconnect(self, connection: Connection) -> None:
        """A client has gone."""
        with self._lock:
            self._connections.discard(connection)

    def answer(self, request: Frame, connection: Connection) -> Frame:
        """What a client gets for a frame."""
        connection.version = request.version
        flags, opcode = 0, frames.ERROR
        try:
            opcode, body, warnings = self._answer(request, connection)
            if warnings and request.version > 3:
                flags, body = frames.WITH_WARNINGS, frames.strings(warnings) + body
        except ProtocolViolation as error:
            body = results.error(PROTOCOL, str(error))
        except CqlError as error:
            body = results.of_error(error, request.version)
        except NotSupportedByMemoryDriver as error:
            body = results.error(SERVER_ERROR, f"{type(error).__name__}: {error}")
        except Exception:  # noqa: BLE001 - a fault of the engine must reach the client whose request it was
            _log.exception("a request met a fault of the in-memory engine")
            body = results.error(SERVER_ERROR, traceback.format_exc())
        return Frame(request.version, flags, request.stream, opcode, body)

    def _answer(self, request: Frame, connection: Connection) -> _Told:
        if request.opcode not in frames.REQUESTS:
            name = frames.RESPONSES.get(request.opcode)
            if name is None:
                raise ProtocolViolation(f"Unknown opcode {request.opcode}")
            said = f"Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode {request.opcode} ({name})"
            raise ProtocolViolation(said)
        if request.flags & frames.COMPRESSED and request.version < 5:
            raise ProtocolViolation("A compressed frame was sent, but no compression was agreed upon")
        if request.opcode == frames.OPTIONS:
            return frames.SUPPORTED, frames.string_multimap(_SUPPORTED), ()
        name = frames.REQUESTS[request.opcode]
        body = Body(request.body)
        if not connection.started:
            if request.opcode != frames.STARTUP:
                raise ProtocolViolation(f"Unexpected message {name}, expecting STARTUP or OPTIONS")
            return self._start(body, connection)
        if request.flags & frames.TRACED:
            raise gaps.TRACING()
        if request.flags & frames.WITH_PAYLOAD:
            body.skip_bytes_map()
        match request.opcode:
            case frames.QUERY:
                return self._query(body, connection)
            case frames.PREPARE:
                return self._prepare(body, connection)
            case frames.EXECUTE:
                return self._execute(body, connection)
            case frames.BATCH:
                return self._batch(body, connection)
            case frames.REGISTER:
                return _register(body, connection)
            case frames.STARTUP:
                raise ProtocolViolation("Unexpected message STARTUP, the connection is already initialized")
            case _:
                raise ProtocolViolation(f"Unexpected message {name}, no authentication is wanted")

    def _start(self, body: Body, connection: Connection) -> _Told:
        options = body.string_map()
        cql = options.get("CQL_VERSION")
        if cql is None:
            raise ProtocolViolation("Missing value CQL_VERSION in STARTUP message")
        if not cql.startswith("3."):
            raise ProtocolViolation(
                f"CQL version {cql} is not supported by the binary protocol (supported version are >= 3.0.0)"
            )
        if "COMPRESSION" in options:
            raise ProtocolViolation(f"Unknown compression algorithm: {options['COMPRESSION']}")
        connection.started = True
        return frames.READY, b"", ()

    def _query(self, body: Body, connection: Connection) -> _Told:
        text = _statement(body.long_string())
        given = requests.parameters(body, connection.version)
        plan = self.engine.prepare(text, given.keyspace or connection.keyspace)
        return self._run(plan, given, connection, None)

    def _prepare(self, body: Body, connection: Connection) -> _Told:
        text, version = _statement(body.long_string()), connection.version
        own = body.string() if version > 4 and body.integer() & 1 else None
        keyspace = own or connection.keyspace
        plan = self.engine.prepare(text, keyspace)
        found, was_there = self._prepared.add(text, keyspace, plan)
        warnings: Sequence[str] = ()
        if not connection.warned and not is_qualified(text) and not (keyspace and was_there):
            connection.warned = True
            key = found.key.hex()
            warnings = (USE_AND_PREPARE.format(connection.keyspace or "null", keyspace or "null", key),)
        wanted = results.marks(list(marks_of(plan)), plan.key_indexes, version)
        return frames.RESULT, results.prepared(found.key, wanted, found.columns(version), version), warnings

    def _execute(self, body: Body, connection: Connection) -> _Told:
        found = self._prepared.get(body.short_bytes())
        known = body.short_bytes() if connection.version > 4 else None
        given = requests.parameters(body, connection.version)
        return self._run(found.plan, given, connection, (found, known))

    def _run(
        self,
        plan: Plan,
        given: requests.Parameters,
        connection: Connection,
        prepared: tuple[Prepared, bytes | None] | None,
    ) -> _Told:
        answer = self.engine.execute(
            plan,
            given.for_marks(plan.marks),
            Paging(given.page_size, given.paging_state),
            now=given.now,
            timestamp=given.timestamp,
        )
        if isinstance(plan, Switching):
            connection.keyspace = plan.keyspace
            return frames.RESULT, results.set_keyspace(plan.keyspace), ()
        if answer.change is not None:
            return frames.RESULT, results.schema_change(answer.change), answer.warnings
        if not answer.columns:
            return frames.RESULT, results.VOID, answer.warnings
        if prepared is None or not isinstance(plan, Reading):
            columns = results.Described(answer.columns, table_of(plan), connection.version)
            return frames.RESULT, columns.rows(answer), answer.warnings
        columns, known = prepared[0].columns(connection.version), prepared[1]
        changed = known is not None and known != columns.id
        body = columns.rows(answer, skip=given.skip_metadata and not changed, changed=changed)
        return frames.RESULT, body, answer.warnings

    def _batch(self, body: Body, connection: Connection) -> _Told:
        asked = requests.batch(body, connection.version)
        given = asked.parameters
        made: list[tuple[Plan, Sequence[Value]]] = []
        for statement, values in asked.statements:
            if isinstance(statement, bytes):
                plan = self._prepared.get(statement).plan
            else:
                plan = self.engine.prepare(_statement(statement), given.keyspace or connection.keyspace)
            made.append((plan, values))
        answer = self.engine.batch(asked.kind, made, now=given.now, default=given.timestamp)
        if not answer.columns:
            return frames.RESULT, results.VOID, answer.warnings
        columns = results.Described(answer.columns, table_of(made[0][0]), connection.version)
        return frames.RESULT, columns.rows(answer), answer.warnings

    def _changed(self, change: Change) -> None:
        """Statements on what has changed are unknown from now on, and who registered for it hears of it."""
        self._prepared.forget(change)
        with self._lock:
            told = [each for each in self._connections if "SCHEMA_CHANGE" in each.events]
        body = frames.string("SCHEMA_CHANGE") + results.changed(change)
        for connection in told:
            connection.send(Frame(connection.version, 0, -1, frames.EVENT, body))


_Told = tuple[int, bytes, Sequence[str]]
"""The opcode and body of an answer, and its warnings."""


def _statement(text: str) -> str:
    if len(text) > _MOST_TEXT:
        raise gaps.LONG_STATEMENT(_MOST_TEXT)
    return text


def _register(body: Body, connection: Connection) -> _Told:
    events = body.strings()
    for event in events:
        if event not in _EVENTS:
            raise ProtocolViolation(f"Invalid value '{event}' for Type")
    connection.events = connection.events.union(events)
    return frames.READY, b"", ()
