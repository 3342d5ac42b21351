"""The server's answers as it gives them: types as CQL writes them, values as bytes, errors with their codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from cassandra import AlreadyExists
from cassandra.cluster import NoHostAvailable, Session
from cassandra.protocol import ErrorMessage, ProtocolHandler, ResultMessage, read_int, read_value
from cassandra.query import UNSET_VALUE, BoundStatement, PreparedStatement, SimpleStatement

from coodie.cql.message import UNSET
from coodie.drivers.cassandra.vendor_types import cql_type_of


@dataclass(frozen=True)
class Answer:
    """Columns with their types and rows of bytes, or an error's code and message."""

    code: int | None = None
    message: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    pages: tuple[tuple[tuple[bytes | None, ...], ...], ...] = ()
    warnings: tuple[str, ...] = ()


_BUSY: Final = (0x1001, 0x1003, 0x1100, 0x1200)


def is_busy(code: int | None, message: str) -> bool:
    """Whether a server says that it is overloaded, had no time, or is still building an index."""
    return code in _BUSY or "INDEX_NOT_AVAILABLE" in message


@dataclass(frozen=True)
class Prepared:
    """What the server says about a statement before it is run."""

    marks: tuple[tuple[str, str], ...]
    keys: tuple[int, ...] | None
    columns: tuple[tuple[str, str], ...]


_Result: Any = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]


class _RawResult(_Result):  # type: ignore[misc]
    """Leaves values as bytes."""

    def recv_results_rows(self, f: BytesIO, version: int, user_types: Any, metadata: Any, encryption: Any) -> None:
        self.recv_results_metadata(f, user_types)
        columns = self.column_metadata or metadata
        self.column_names = [name for _, _, name, _ in columns]
        self.column_types = [kind for _, _, _, kind in columns]
        self.parsed_rows = [tuple(read_value(f) for _ in columns) for _ in range(read_int(f))]


class _RawHandler(ProtocolHandler):
    message_types_by_opcode = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: _RawResult}


def set_up(session: Session) -> None:
    """Make a session one of raw answers."""
    session.client_protocol_handler = _RawHandler
    session.cluster.profile_manager.default.row_factory = lambda _names, rows: rows
    session.default_fetch_size = 5000


def ask(session: Session, statement: Any, fetch: int | None = None) -> Answer:
    """Run a statement, all its pages."""
    if isinstance(statement, str):
        statement = SimpleStatement(statement)
    statement.fetch_size = fetch or 5000
    pages, state = [], None
    try:
        while True:
            result = session.execute(statement, paging_state=state, timeout=120)
            pages.append(tuple(result.current_rows or ()))
            state = result.paging_state
            if state is None:
                break
    except Exception as error:  # noqa: BLE001
        return refusal(error)
    names, types = result.column_names or (), result.column_types or ()
    columns = tuple((name, type_text(kind)) for name, kind in zip(names, types, strict=True))
    warnings = tuple(result.response_future.warnings or ())
    return Answer(columns=columns, pages=tuple(pages) if columns else (), warnings=warnings)


def prepare(session: Session, text: str) -> Answer | tuple[Prepared, PreparedStatement]:
    """What the server says to PREPARE."""
    try:
        found = session.prepare(text)
    except Exception as error:  # noqa: BLE001
        return refusal(error)
    marks = tuple((each.name, type_text(each.type)) for each in found.column_metadata)
    columns = tuple((name, type_text(kind)) for _, _, name, kind in found.result_metadata or ())
    keys = tuple(found.routing_key_indexes) if found.routing_key_indexes is not None else None
    return Prepared(marks, keys, columns), found


def bound(prepared: PreparedStatement, values: Sequence[Any]) -> BoundStatement:
    """A statement with these bytes."""
    statement = BoundStatement(prepared)
    statement._routing_key = b"any"  # the vendor would make one, and refuse a value that a server has to judge
    statement.values = [UNSET_VALUE if value is UNSET else value for value in values]
    return statement


def type_text(kind: Any) -> str:
    """A vendor's type as CQL writes it; the outermost says nothing of frozen, as on the wire."""
    # what some functions give has the class of an older timeuuid
    return str(cql_type_of(kind)).replace("'org.apache.cassandra.db.marshal.LegacyTimeUUIDType'", "timeuuid")


def refusal(error: Exception) -> Answer:
    """The server's error in an exception of the vendor's. Any other is raised again."""
    if isinstance(error, NoHostAvailable):
        (error,) = error.errors.values()
    if isinstance(error, AlreadyExists):
        # the vendor drops the server's words: they are those that test_wire.py sees in frames
        of_table = f'already existing table "{error.table}" to keyspace "{error.keyspace}"'
        of_keyspace = f'existing keyspace "{error.keyspace}"'
        return Answer(0x2400, f"Cannot add {of_table if error.table else of_keyspace}")
    message = error
    while not isinstance(message, ErrorMessage):
        following = message.__cause__ or message.__context__
        if following is None:
            return _by_text(error)
        message = following
    return Answer(message.code, message.message)


def _by_text(error: Exception) -> Answer:
    """The vendor turns some errors into exceptions that keep their text alone."""
    text = str(error)
    start, _, message = text.partition('message="')
    if not message or "code=" not in start:
        raise error
    code = int(start.partition("code=")[2][:4], 16)
    return Answer(code, message.rpartition('"')[0])
