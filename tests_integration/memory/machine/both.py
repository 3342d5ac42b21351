"""One statement to both sides, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from struct import pack
from typing import Any, Final

from cassandra.cluster import Session
from cassandra.protocol import QueryMessage

from coodie.cql.types import CqlType, Tuple
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Paging
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from coodie.testing.memory.typed import Value
from tests_integration.memory import raw
from tests_integration.memory.machine.known import is_known

_NOW_FLAG: Final = 0x100
_second: list[int] = [0]


@contextmanager
def own_second() -> Iterator[None]:
    """Requests of protocol 5 carry the second that `Both.now` says, so that nobody has to wait until a TTL is over."""
    kind: Any = QueryMessage.__mro__[1]
    original: Callable[..., None] = kind._write_query_params

    def write(self: Any, f: Any, protocol_version: int) -> None:
        if not _second[0] or protocol_version < 5:
            original(self, f, protocol_version)
            return
        written = BytesIO()
        original(self, written, protocol_version)
        data = bytearray(written.getvalue())
        flags = int.from_bytes(data[2:6], "big") | _NOW_FLAG
        data[2:6] = flags.to_bytes(4, "big")
        f.write(bytes(data) + pack(">i", _second[0]))

    kind._write_query_params = write
    try:
        yield
    finally:
        kind._write_query_params = original


@dataclass
class Difference(AssertionError):
    """What the two sides said to one statement."""

    text: str
    values: Sequence[Any]
    server: object
    engine: object
    before: Sequence[tuple[str, Sequence[Any]]] = field(default=())

    def __str__(self) -> str:
        said = "\n".join(f"  {text}  {list(values)}" for text, values in self.before)
        return f"\n{said}\n{self.text}  {list(self.values)}\n  server: {self.server}\n  engine: {self.engine}"


class Both:
    """A session on the server and an engine, with the same keyspace."""

    def __init__(self, session: Session, keyspace: str) -> None:
        self.session = session
        self.keyspace = keyspace
        self.engine = Engine(Clock.running())
        self.now = self.engine.seconds()
        self.log: list[tuple[str, Sequence[Any]]] = []
        self.count = 0
        self._prepared: dict[str, Any] = {}
        raw.set_up(session)
        session.set_keyspace(keyspace)
        self.ddl(
            f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
            True,
        )

    def ddl(self, text: str, engine_only: bool = False) -> None:
        """A statement on the schema."""
        if not engine_only:
            self.session.execute(text)
        self.engine.execute(self.engine.prepare(text, self.keyspace))

    def start(self) -> None:
        """Begin a run: nothing said so far belongs to it."""
        self.log = []

    def say(self, text: str, values: Sequence[Value] = (), size: int = 0) -> raw.Answer:
        """The same statement to both; raises `Difference`."""
        _second[0] = self.now
        self.count += 1
        try:
            engine = self._ask_engine(text, values, size)
        except NotSupportedByMemoryDriver:
            return raw.Answer()
        server = self._ask_server(text, values, size)
        if _told(server, text) != _told(engine, text) and not is_known(text, server, engine):
            raise Difference(text, values, server, engine, tuple(self.log))
        self.log.append((text, values))
        return engine

    def _ask_server(self, text: str, values: Sequence[Value], size: int) -> raw.Answer:
        found = self._prepared.get(text)
        if found is None:
            prepared = raw.prepare(self.session, text)
            found = prepared
            if len(self._prepared) > 5000:
                self._prepared.clear()
            self._prepared[text] = found
        engine = self._prepare(text)
        if isinstance(found, raw.Answer):
            if not isinstance(engine, raw.Answer) or _told(found, text) != _told(engine, text):
                raise Difference(f"PREPARE {text}", values, found, engine, tuple(self.log))
            return found
        if engine != found[0]:
            raise Difference(f"PREPARE {text}", values, found[0], engine, tuple(self.log))
        statement: Any = raw.bound(found[1], values)
        statement._routing_key = b"any"
        return raw.ask(self.session, statement, size)

    def _prepare(self, text: str) -> raw.Answer | raw.Prepared:
        try:
            plan = self.engine.prepare(text, self.keyspace)
        except CqlError as error:
            return raw.Answer(error.code, error.message)
        marks = tuple((mark.name, _type_text(mark.type)) for mark in plan.marks if mark.type is not None)
        return raw.Prepared(
            marks, plan.key_indexes or None, tuple((name, _type_text(kind)) for name, kind in plan.columns)
        )

    def _ask_engine(self, text: str, values: Sequence[Value], size: int) -> raw.Answer:
        pages: list[tuple[Any, ...]] = []
        state: bytes | None = None
        warnings: tuple[str, ...] = ()
        columns: Sequence[tuple[str, CqlType]] = ()
        try:
            plan = self.engine.prepare(text, self.keyspace)
            while True:
                answer = self.engine.execute(plan, values, Paging(size or 5000, state), now=self.now)
                pages.append(tuple(answer.rows))
                columns, warnings, state = answer.columns, answer.warnings, answer.paging_state
                if state is None:
                    break
        except CqlError as error:
            return raw.Answer(error.code, error.message)
        told = tuple((name, _type_text(kind)) for name, kind in columns)
        return raw.Answer(columns=told, pages=tuple(pages) if columns else (), warnings=warnings)


def _type_text(cql_type: CqlType) -> str:
    """As the wire says it: nothing of frozen at the outermost."""
    text = str(cql_type)
    return text if isinstance(cql_type, Tuple) or not text.startswith("frozen<") else text[len("frozen<") : -1]


_RECENT: Final = 10**12


def _told(answer: raw.Answer, text: str) -> object:
    """What is compared: not the text of a syntax error, nor times that no statement gave."""
    if answer.code is not None:
        return answer.code, answer.message if answer.code != 0x2000 else ""
    times = [at for at, (name, _) in enumerate(answer.columns) if "writetime" in name]
    pages = answer.pages
    if times:
        pages = tuple(
            tuple(tuple(_time(cell) if at in times else cell for at, cell in enumerate(row)) for row in page)
            for page in pages
        )
    return answer.columns, pages, answer.warnings


def _time(cell: bytes | None) -> object:
    """A time that the clock gave is not compared."""
    recent = cell is not None and int.from_bytes(cell, "big", signed=True) >= _RECENT
    return "recent" if recent else cell
