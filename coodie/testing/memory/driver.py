"""`MemoryDriver`: a driver for both APIs whose server is an engine in the same process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from coodie._errors import ConfigurationError, InvalidQueryError
from coodie._raise import check_kind
from coodie._sleep import asleep
from coodie._words import a_type
from coodie.cql.codecs.codec import Encoder
from coodie.cql.decode import decoder_of, holds_empty
from coodie.cql.encode import encoder_of
from coodie.cql.message import UNSET, Batch, Mark, Page, Request, Statement
from coodie.cql.names import check_name
from coodie.cql.script import statements_of
from coodie.cql.types import CqlType, List, Map, Set, Udt
from coodie.cql.values import unreadable
from coodie.drivers.errors import DriverError
from coodie.drivers.shared.error_text import mask_warnings
from coodie.testing import faults
from coodie.testing.arguments import a_flag, a_whole_number, is_a
from coodie.testing.clock import Clock
from coodie.testing.memory.answers import Answer, Paging
from coodie.testing.memory.dump import statements
from coodie.testing.memory.engine import Engine, Snapshot
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors.base import FUNCTION_FAILURE, CqlError
from coodie.testing.memory.load import name_of, reading, writing
from coodie.testing.memory.plans import Plan, Switching
from coodie.testing.memory.schema import Table
from coodie.testing.memory.terms import Value
from coodie.testing.memory.wire.server import Server

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")

_VERSIONS: Final = ("5.0",)
_MOST_TYPES: Final = 1024
"""So many types have their encoders and decoders kept."""
_FETCH_SIZE: Final = 5000


class MemoryDriver:
    """Apache Cassandra 5.0 in memory, for tests: a driver for both APIs that stores what is written.

    It answers like a server: rows in the same order, pages, conditions, expiry, and the same errors. A feature that it
    lacks raises `NotSupportedByMemoryDriver`, which names the feature; it never guesses an answer.

    ``keyspace`` is that of unqualified tables; ``USE`` changes it. All times come from ``clock``, or else from the
    system. With ``log_values`` error messages show bound values. ``batch_size_warn_threshold`` and
    ``batch_size_fail_threshold`` are the settings of a server, in bytes. Thread-safe.
    """

    def __init__(
        self,
        version: str = "5.0",
        clock: Clock | None = None,
        *,
        keyspace: str | None = None,
        log_values: bool = False,
        batch_size_warn_threshold: int | None = None,
        batch_size_fail_threshold: int | None = None,
        engine: Engine | None = None,
    ) -> None:
        if version not in _VERSIONS:
            raise ConfigurationError(f"MemoryDriver is Cassandra {', '.join(_VERSIONS)}; there is no {version!r}")
        _check_clock(clock)
        if keyspace is not None:
            check_name(keyspace, "keyspace")
        a_flag("log_values", log_values)
        if engine is not None:
            check_kind("MemoryDriver(engine=...)", engine, Engine)
        self.version: str = version
        self.log_values: bool = log_values
        self.keyspace: str | None = keyspace
        self.engine: Engine = engine if engine is not None else Engine(clock if clock is not None else Clock.running())
        for what, size in (("warn", batch_size_warn_threshold), ("fail", batch_size_fail_threshold)):
            if size is not None:
                a_whole_number(f"batch_size_{what}_threshold", size)
        given = {"warn": batch_size_warn_threshold, "fail": batch_size_fail_threshold}
        sizes = {name: size for name, size in given.items() if size is not None}
        self.engine.batch_sizes = self.engine.batch_sizes._replace(**sizes)
        self._codecs = _Codecs()
        self._closed = False
        self._clusters: list[Any] = []

    def __repr__(self) -> str:
        facts = [f"Cassandra {self.version}", *([f"keyspace {self.keyspace}"] if self.keyspace is not None else [])]
        return f"<MemoryDriver: {', '.join([*facts, *(['closed'] if self._closed else [])])}>"

    @cached_property
    def server(self) -> Server:
        """The engine's part of the native protocol, for clients of other kinds."""
        return Server(self.engine)

    @property
    def clock(self) -> Clock:
        """The clock of all times."""
        return self.engine.clock

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more requests."""
        return self._closed

    # A driver: one request, one page.

    def execute(self, request: Request, /) -> Page:
        """Execute one request and return its answer; for a query, one page of it."""
        self._check_open()
        if request.options.trace:
            raise gaps.TRACING()
        try:
            answer = self._batch(request) if isinstance(request, Batch) else self._statement(request)
        except CqlError as error:
            told = self._told(error, request)
            raise told from told.__cause__
        warnings = answer.warnings
        if warnings and not self.log_values:
            warnings = mask_warnings(warnings, request)
        return Page(
            tuple([name for name, _ in answer.columns]),
            self._codecs.decoded(answer),
            answer.paging_state,
            warnings,
        )

    async def aexecute(self, request: Request, /) -> Page:
        """Carry out one request and give its answer; other tasks of the loop run before."""
        await asleep(0)
        return self.execute(request)

    def close(self) -> None:
        """Take no more requests, and end all sessions. What is in memory stays, and can still be looked at."""
        self._closed = True
        for cluster in self._clusters:
            cluster.shutdown()

    async def aclose(self) -> None:
        """Take no more requests, and end all sessions."""
        self.close()

    def now(self) -> datetime:
        """The present by the clock."""
        return self.clock.now()

    def pass_time(self, seconds: float, /) -> bool:
        """Move the clock instead of sleeping, where coodie pauses."""
        self.clock.tick(seconds)
        return True

    def _check_open(self) -> None:
        if self._closed:
            raise ConfigurationError("this MemoryDriver is closed; make another one, or fork() this one")

    def _statement(self, request: Statement) -> Answer:
        plan = self.engine.prepare(request.cql, self.keyspace)
        values = self._codecs.encoded(plan.marks, request)
        size = request.options.fetch_size
        paging = Paging(_FETCH_SIZE if size is None else size, request.options.paging_state)
        answer = self.engine.execute(plan, values, paging, trusted=True)
        if isinstance(plan, Switching):
            self.keyspace = plan.keyspace
        return answer

    def _batch(self, request: Batch) -> Answer:
        made: list[tuple[Plan, Sequence[Value]]] = []
        for statement in request.statements:
            plan = self.engine.prepare(statement.cql, self.keyspace)
            made.append((plan, self._codecs.encoded(plan.marks, statement)))
        return self.engine.batch(request.kind, made, request.timestamp, trusted=True)

    def _told(self, error: CqlError, request: Request) -> DriverError:
        """The error that a driver for a cluster would raise."""
        if "table" in error.fields and "keyspace" in error.fields:
            fault = faults.already_exists(keyspace=error.fields["keyspace"], table=error.fields["table"])
        elif error.code == FUNCTION_FAILURE:
            fault = faults.function_failure(**{"keyspace": "system", **error.fields}, message=error.message)
        else:
            fault = faults.answered(error.code, error.message)
        found = fault.error(request, values=self.log_values)
        assert found is not None
        return found

    # For code that takes a session of the driver.

    def session(self, keyspace: str | None = None, **options: Any) -> Any:
        """A ``Session`` of cassandra-driver on this engine, without a socket: for code that has no coodie in it.

        It is the driver's own, on a ``Cluster`` of its own; ``options`` are that Cluster's. As a context manager, or by
        ``session.cluster.shutdown()``, it ends that Cluster. Raises `ConfigurationError` if the driver is not
        installed, and what the driver raises for wrong options.
        """
        self._check_open()
        if keyspace is not None:
            check_name(keyspace, "keyspace")
        session = _door().connect(self.server, keyspace, options)
        self._clusters = [each for each in self._clusters if not each.is_shutdown] + [session.cluster]
        return session

    # What a test does with it.

    def run(self, script: str) -> None:
        """Execute CQL statements, separated by ``;``, one after another. ``USE`` has a lasting effect.

        One that fails ends it; those before it have been executed.
        """
        if not is_a(script, str):
            raise InvalidQueryError(f"run() takes CQL as a str, not {a_type(script)}")
        for text in statements_of(script):
            self.execute(Statement(text))

    def load(self, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Write rows, as mappings by column name, to tables by name; the values are those of ``coodie.cql.values``.

        Columns that a row does not name are left alone. A counter is incremented by its value. Either all rows are
        written or none. Raises `InvalidQueryError` for a value that does not fit its column and for what is no row, and
        the server's error for a row that it refuses.
        """
        if not is_a(rows, Mapping):
            raise InvalidQueryError(f"load() takes a mapping of tables to rows, not {a_type(rows)}")
        before = self.snapshot()
        try:
            for table, found in rows.items():
                for statement in writing(self._table(table), found):
                    self.execute(statement)
        except BaseException:
            self.restore(before)
            raise

    def _table(self, table: str) -> Table:
        name = name_of(table)
        try:
            return self.engine.schema.table(name, self.keyspace)
        except CqlError as error:
            told = self._told(error, reading(name))
            raise told from told.__cause__

    def dump(self, *, cells: bool = False) -> str:
        """The whole content as CQL: keyspaces, types, tables, indexes, rows. Equal content gives equal text.

        `run` executes it. Values with a TTL get their remaining seconds. With ``cells`` each cell is written
        separately, with its timestamp, and deletions are repeated.
        """
        a_flag("cells", cells)
        engine = self.engine
        with engine.lock:
            found = list(statements(engine.schema, engine, engine.seconds(), cells))
        return "".join(f"{text}\n" if text.startswith("--") else f"{text};\n" for text in found)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, ``name`` or ``keyspace.name``, in the server's order."""
        page = self.execute(reading(name_of(table)))
        return [dict(zip(page.columns, row, strict=True)) for row in page.rows]

    def snapshot(self) -> Snapshot:
        """The current content: schema and data. Cheap, and not affected by later writes."""
        return self.engine.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Bring back the content of a snapshot, any number of times. The clock is not changed."""
        if not is_a(snapshot, Snapshot):
            raise TypeError(f"restore() takes what snapshot() returned, not {a_type(snapshot)}")
        self.engine.restore(snapshot)

    def fork(self, clock: Clock | None = None) -> MemoryDriver:
        """An independent driver with the same content, and with a clock of its own if one is given."""
        _check_clock(clock)
        engine = Engine(clock if clock is not None else self.clock)
        engine.restore(self.engine.snapshot())
        engine.batch_sizes = self.engine.batch_sizes
        return MemoryDriver(self.version, keyspace=self.keyspace, log_values=self.log_values, engine=engine)


def _check_clock(clock: Clock | None) -> None:
    if clock is not None and not is_a(clock, Clock):
        raise TypeError(f"clock must be a Clock, not {a_type(clock)}")


def _door() -> ModuleType:
    try:
        import coodie.testing.memory.wire.cassandra_driver as door  # noqa: PLC0415 - the vendor's driver is optional
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "cassandra":
            raise
        raise ConfigurationError("a session needs the vendor's driver: pip install cassandra-driver") from error
    return door


class _OfTypes(Generic[T]):
    """What is made once for each type.

    A type is known by its identity, since user-defined types are equal if their names are, whatever their fields.
    """

    def __init__(self, make: Callable[[CqlType], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[CqlType, T]] = {}

    def __call__(self, cql_type: CqlType) -> T:
        """What belongs to this type."""
        found = self._made.get(id(cql_type))
        if found is None:
            if len(self._made) >= _MOST_TYPES:
                self._made.clear()
            found = self._made[id(cql_type)] = (cql_type, self._make(cql_type))
        return found[1]


class _Codecs:
    """Encoders and decoders, made once for the types of marks and columns."""

    def __init__(self) -> None:
        self._encoder = _OfTypes(_encoder)
        self._decoder = _OfTypes(_decoder)

    def encoded(self, marks: Sequence[Mark], request: Statement) -> list[Value]:
        """The values of a request as bytes; raises `InvalidQueryError` for one that does not fit its mark."""
        values = request.values
        if len(values) != len(marks):
            raise InvalidQueryError(
                f"{len(marks)} values are needed, one for each mark, but {len(values)} were given\n  {request.cql}"
            )
        found: list[Value] = []
        for number, (mark, value) in enumerate(zip(marks, values, strict=True), 1):
            if value is None or value is UNSET:
                found.append(value)
                continue
            assert mark.type is not None
            try:
                found.append(self._encoder(mark.type)(value))
            except (TypeError, ValueError, OverflowError) as error:
                where = f"value {number}, {mark.name} ({_as_sent(mark.type)})"
                raise InvalidQueryError(f"{where}: {error}\n  {request.cql}") from None
        return found

    def decoded(self, answer: Answer) -> list[tuple[Any, ...]]:
        """The rows of an answer as values, decoded column by column."""
        columns = zip(answer.columns, zip(*answer.rows, strict=True), strict=False)
        return list(zip(*[self._decoder(cql_type)(cells) for (_, cql_type), cells in columns], strict=True))


def _encoder(cql_type: CqlType) -> Encoder:
    return encoder_of(cql_type, sort_sets=True)


def _as_sent(cql_type: CqlType) -> CqlType:
    """The type as a server's answer to PREPARE has it, which does not tell that it is frozen."""
    return replace(cql_type, frozen=False) if isinstance(cql_type, (List, Set, Map, Udt)) else cql_type


def _decoder(cql_type: CqlType) -> Callable[[Sequence[bytes | None]], list[Any]]:
    """The function that decodes the cells of a column."""
    decode, keeps_empty = decoder_of(cql_type), holds_empty(cql_type)

    def read(cell: bytes) -> Any:
        try:
            return decode(cell)
        except ValueError:
            return unreadable(str(cql_type))

    def column(cells: Sequence[bytes | None]) -> list[Any]:
        held = cells if keeps_empty else [cell or None for cell in cells]
        try:
            return [None if cell is None else decode(cell) for cell in held]
        except ValueError:
            return [None if cell is None else read(cell) for cell in held]

    return column
