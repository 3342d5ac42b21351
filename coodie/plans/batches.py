"""The rules for what can be combined in a batch, and the single request made from it.

The rules are those of the CQL reference (BATCH) and of the server. They are checked when a statement is added, so that
the traceback points at the offending line and nothing has been sent.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#batch_statement
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from operator import attrgetter
from threading import Lock
from typing import Any, Final, Literal, NoReturn, TypeAlias, TypedDict

from coodie._errors import BatchWarning, ConfigurationError, InvalidQueryError
from coodie._warn import warn
from coodie._words import a_type, option, word
from coodie.connections import connection_names
from coodie.cql.kinds import is_batch
from coodie.cql.message import (
    DEFAULTS,
    UNSET,
    Batch,
    BatchKind,
    Consistency,
    Kind,
    Options,
    Page,
    SerialConsistency,
    Statement,
    Unset,
)
from coodie.cql.options import check_flag, check_threshold, checked
from coodie.cql.show import request_on_one_line
from coodie.drivers.errors import Overloaded, RequestRejected, Timeout, Unavailable
from coodie.mapping.mapper import Mapper
from coodie.plans.answers import existing_row, read_answer
from coodie.plans.batch_rows import RowWrite, condition_kind, has_key_list, rows_of, scope_of
from coodie.plans.plan import Plan, Write, apply_all, nothing, options_over
from coodie.plans.raw import Params, raw_statement
from coodie.plans.size import estimated_bytes
from coodie.plans.using import timestamp_value
from coodie.plans.versions import raise_conflict
from coodie.results import LWTResult

WARN: Final = (50, 5120, 10)
"""The default thresholds of statements, bytes and partitions above which a batch warns."""

Outcome: TypeAlias = Literal["open", "done", "failed", "unknown"]

_NOT_HAPPENED: Final = (ConfigurationError, InvalidQueryError, RequestRejected, Unavailable, Overloaded, Timeout)
_statement_of: Final[Callable[[Write[Any]], Statement]] = attrgetter("request")
"""The statement of a write in a batch, which holds none without."""

_UNDER_WAY: Final = "this batch is being sent right now, by another task or thread; wait for it, or start a new batch"


class BatchOptions(TypedDict, total=False):
    """The keyword options of a batch."""

    batch_type: str | None
    timestamp: int | datetime | None
    consistency: Consistency | None
    serial_consistency: SerialConsistency | None
    timeout: float | None
    connection: str | None
    allow_multiple_conditions: bool
    warn_statements: int | Unset | None
    warn_bytes: int | Unset | None
    warn_partitions: int | Unset | None


class BatchBase:
    """Statements that are sent as one request, and their rules. Subclasses add ``execute()`` and the ``with`` block."""

    def __init__(
        self,
        logged: bool = True,
        *,
        batch_type: str | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        connection: str | None = None,
        allow_multiple_conditions: bool = False,
        warn_statements: int | Unset | None = UNSET,
        warn_bytes: int | Unset | None = UNSET,
        warn_partitions: int | Unset | None = UNSET,
    ) -> None:
        self._kind = batch_kind(logged, batch_type)
        self._counters = self._kind is BatchKind.COUNTER
        # the kind of unconditional statements that it accepts
        self._plain = Kind.COUNTER if self._counters else Kind.WRITE
        self._timestamp = None if timestamp is None else timestamp_value(timestamp)
        given = consistency is not None or serial_consistency is not None or timeout is not None
        self._options = checked(Options(consistency, serial_consistency, timeout)) if given else DEFAULTS
        self._connection = connection
        self._allow_multiple_conditions = check_flag("allow_multiple_conditions", allow_multiple_conditions)
        self._thresholds = (
            check_threshold("warn_statements", warn_statements),
            check_threshold("warn_bytes", warn_bytes),
            check_threshold("warn_partitions", warn_partitions),
        )
        self._writes: list[Write[Any]] = []
        self._first: Write[Any] | None = None  # the first one made by a document, which determines the connection
        self._conditional: Write[Any] | None = None
        self._partition: RowWrite | None = None  # once there is a condition: a row in the only partition allowed
        self._conditions: dict[tuple[Any, ...], str] = {}  # the kind of condition of each row
        self._result: LWTResult[Any] | None = None
        self._outcome: Outcome = "open"
        self._sending = Lock()
        if self._kind is BatchKind.COUNTER and timestamp is not None:
            raise InvalidQueryError("a counter batch takes no timestamp: counters have none that a client could set")
        if self._timestamp is not None and self._timestamp < 0:
            raise InvalidQueryError("a batch takes no timestamp before 1970; give it to each statement instead")

    def __repr__(self) -> str:
        """The kind, the number of statements and the texts of the first ones; never a value."""
        shown = request_on_one_line(Batch(self.statements, self._kind)).removesuffix(": ")
        return f"<{type(self).__name__}, {shown}>"

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that have been added and not yet sent."""
        return tuple(map(_statement_of, self._writes))

    @property
    def result(self) -> LWTResult[Any] | None:
        """The answer of the last execution if it had a condition, else None."""
        return self._result

    @property
    def outcome(self) -> Outcome:
        """The outcome: "open" before the batch was sent, then "done", "failed" or "unknown".

        A "failed" batch certainly had no effect and may be executed again. An "unknown" one may have had: the
        connection was lost, no answer came in time, or the call was cancelled. It is also "unknown" while the batch is
        being sent.
        """
        return self._outcome

    def add(self, cql: str, params: Params = ()) -> None:
        """Add a CQL statement of your own, with one value for each ``?``, or a dictionary of values for ``:name``.

        Raises `InvalidQueryError` if it is not allowed in this batch, which is then unchanged.
        """
        statement = raw_statement(cql, params)
        try:
            # Copied, since the caller may change a list later.
            values = deepcopy(statement.values)
        except (TypeError, RecursionError):
            raise InvalidQueryError("a value cannot be copied, so it cannot wait for the batch") from None
        statement = Statement(statement.cql, values, statement.marks, statement.kind)
        if is_batch(statement.cql):
            raise InvalidQueryError("a batch cannot hold a batch; add its statements one by one")
        if statement.kind is Kind.WRITE and self._counters:
            # A text does not tell whether it changes counters; in a counter batch it can do nothing else.
            statement = Statement(statement.cql, values, statement.marks, Kind.COUNTER)
        self._take(Write(statement, nothing, self._connection))

    def _take(self, write: Write[Any]) -> None:
        """Add the statement of a plan. Raises `InvalidQueryError` that says which statement breaks which rule."""
        if self._outcome != "open" and self._is_kept:
            if self._sending.locked():
                raise InvalidQueryError(_UNDER_WAY)
            raise InvalidQueryError(
                f"this batch could not be sent and still holds its {len(self._writes)} statements; "
                "call execute() again, or start a new batch"
            )
        statement = write.request
        if not isinstance(statement, Statement):  # it would change no row: an IN of no values
            return
        plain, first = statement.kind is self._plain, self._first
        if not plain and (statement.kind is not Kind.CONDITIONAL or self._counters):
            self._refuse_kind(statement)
        if write.mapper is not None:
            self._check_options(write.mapper, statement)
            if first is None or write.connection != first.connection:
                self._check_connection(write, statement)
        if not plain or self._conditional is not None:
            self._check_conditions(write, statement)
            self._conditional = self._conditional or write
        self._outcome = "open"
        self._writes.append(write)
        if first is None and write.mapper is not None:
            self._first = write

    @property
    def _is_kept(self) -> bool:
        """Whether the last execution ended in an error, and the statements wait for another one."""
        return bool(self._writes) and self._outcome != "open"

    @contextmanager
    def _execution(self, again: bool) -> Generator[None]:
        """A context for the duration of one execution.

        Raises `InvalidQueryError` if another execution is in progress, or if a previous one may have had an effect and
        ``again`` is not set.
        """
        check_flag("again", again)
        if not self._sending.acquire(blocking=False):
            raise InvalidQueryError(_UNDER_WAY)
        before = self._outcome
        try:
            if before == "unknown" and not again:
                self._check_idempotent()
            yield
        except _NOT_HAPPENED:
            # If an earlier attempt may have had an effect, the outcome stays unknown.
            if self._outcome == "unknown" != before:
                self._outcome = "failed"
            raise
        finally:
            self._sending.release()

    def _check_idempotent(self) -> None:
        for number, statement in enumerate(self.statements, 1):
            if not statement.idempotent:
                raise InvalidQueryError(
                    "it is unknown whether this batch was executed, and if it was, sending it again would repeat "
                    f"statement {number}: {statement.cql}; read first, and then call execute(again=True), or start a "
                    "new batch"
                )

    def _plan(self) -> Plan[LWTResult[Any] | None] | None:
        """The request for all statements; None for an empty batch. Issues `BatchWarning`."""
        if not self._writes:
            self._outcome = "done" if self._outcome == "open" else self._outcome
            return None
        statements = self.statements
        self._warn(statements)
        writes, conditional = self._writes, self._conditional
        batch = Batch(statements, self._kind, self._timestamp, self._batch_options())
        self._outcome = "unknown"  # until the answer arrives
        return Plan(batch, lambda page: self._decode(page, writes, conditional), self._over())

    def _decode(self, page: Page, writes: list[Write[Any]], conditional: Write[Any] | None) -> LWTResult[Any] | None:
        # An answered batch is done even if reading the answer fails; unless the block was left in the meantime and the
        # present statements were added since.
        is_current = self._writes is writes
        if is_current:
            self._empty()
        self._result = None if conditional is None else _result(page, conditional)
        if is_current:
            self._outcome = "done"
        if self._result is None or self._result.applied:
            apply_all(writes)
        else:
            raise_conflict(writes, self._result.rows)
        return self._result

    def _empty(self) -> None:
        self._writes = []
        self._first = self._conditional = self._partition = None
        self._conditions = {}

    def _over(self) -> str | None:
        return self._connection if self._connection is not None or self._first is None else self._first.connection

    def _batch_options(self) -> Options:
        if self._first is None or self._first.mapper is None:
            return self._options
        return options_over(self._first.mapper.options, self._options)

    def _refuse_kind(self, statement: Statement) -> NoReturn:
        if statement.kind in (Kind.READ, Kind.SCHEMA):
            self._refuse(statement, "only INSERT, UPDATE and DELETE may be in a batch")
        if self._counters:
            self._refuse(statement, "it changes no counter, and a counter batch may hold nothing else")
        self._refuse(statement, 'it changes a counter; that needs a batch of its own, with batch_type="COUNTER"')

    def _check_options(self, mapper: Mapper[Any], statement: Statement) -> None:
        if statement.options is not mapper.options:
            self._refuse(statement, "consistency and timeout are those of the batch; give them to it instead")
        if self._timestamp is not None and _has_timestamp(statement):
            self._refuse(statement, "it has a timestamp of its own, and so has the batch; give only one of them")
        first = self._first.mapper if self._first is not None else None
        if first is None or mapper is first or mapper.options == first.options:
            return
        if options_over(mapper.options, self._options) != options_over(first.options, self._options):
            self._refuse(
                statement,
                f"the Settings of {mapper.model.__name__} and {first.model.__name__} ask for different consistency or "
                "timeout; say which holds by giving it to the batch",
            )

    def _check_connection(self, write: Write[Any], statement: Statement) -> None:
        over = self._over()
        fixed = self._connection is not None or self._first is not None
        if fixed and not connection_names.same(write.connection, over):
            one, other = (name or "the default one" for name in (write.connection, over))
            self._refuse(statement, f"it belongs to another connection ({one}) than the batch ({other})")

    def _check_conditions(self, write: Write[Any], statement: Statement) -> None:
        if statement.kind is Kind.CONDITIONAL:
            if self._timestamp is not None:
                self._refuse(statement, "it has a condition, and a batch with a condition takes no timestamp")
            if self._conditional is not None and not self._allow_multiple_conditions:
                self._refuse(statement, "a batch may hold one condition only, unless allow_multiple_conditions=True")
        # The first condition subjects all earlier statements to its rules; later ones are checked as they are added.
        unchecked = [write] if self._conditional is not None else [*self._writes, write]
        if any(_has_timestamp(each.request) for each in unchecked if isinstance(each.request, Statement)):
            self._refuse(statement, "a batch with a condition takes no timestamp in any of its statements")
        if any(map(has_key_list, unchecked)):
            self._refuse(statement, "a batch with a condition takes no __in on a key column in any of its statements")
        self._check_rows([row for row in rows_of(unchecked) if row is not None], statement)

    def _check_rows(self, rows: Sequence[RowWrite], statement: Statement) -> None:
        one = self._partition or next(iter(rows), None)
        conditions = {row[:3]: kind for row in rows if (kind := condition_kind(row)) is not None}
        if any(self._conditions.get(row, kind) != kind for row, kind in conditions.items()):
            self._refuse(
                statement, "a row can have one kind of condition only: IF EXISTS, IF NOT EXISTS or IF with columns"
            )
        for row in rows:
            if one is not None and (row.table, row.partition) != (one.table, one.partition):
                what = "table" if row.table != one.table else "partition"
                self._refuse(
                    statement, f"a batch with a condition must stay in one partition, and this is another {what}"
                )
        self._partition = one
        self._conditions |= conditions

    def _refuse(self, statement: Statement, why: str) -> NoReturn:
        raise InvalidQueryError(f"statement {len(self._writes) + 1} cannot be in this batch: {why}: {statement.cql}")

    def _warn(self, statements: tuple[Statement, ...]) -> None:
        most, size, partitions = self._limits()
        if most is not None and len(statements) > most:
            _warn(f"a batch of {len(statements)} statements (over {most}) burdens its coordinator; send fewer")
        if size is not None and (total := sum(estimated_bytes(each.values) for each in statements)) > size:
            _warn(f"a batch of about {total} bytes (over {size}) burdens its coordinator; send fewer")
        scope = scope_of(self._writes, statements)
        if partitions is not None and scope.partitions > partitions:
            _warn(f"a batch over {scope.partitions} partitions (over {partitions}) is slower than single writes")
        if scope.contested is not None and not self._counters:
            _warn(f"the batch writes {scope.contested} of one row twice at one timestamp: either value may stay")

    def _limits(self) -> tuple[int | None, int | None, int | None]:
        """The thresholds: those given to the batch, else those in the Settings of its first document, else the
        defaults.
        """
        chosen: tuple[int | Unset | None, ...] = (UNSET, UNSET, UNSET)
        if self._first is not None and self._first.mapper is not None:
            settings = self._first.mapper.settings
            chosen = (settings.warn_statements, settings.warn_bytes, settings.warn_partitions)
        most, size, partitions = map(_limit, self._thresholds, chosen, WARN)
        return most, size, partitions


def take(batch: Any, write: Write[Any]) -> None:
    """Add a write to the argument ``batch=``. Raises `InvalidQueryError` if that is not a batch or refuses the
    write.
    """
    if not isinstance(batch, BatchBase):
        raise InvalidQueryError(f"batch= takes a BatchQuery or AsyncBatchQuery, not {a_type(batch)}")
    # Users add by add(), and documents by this.
    batch._take(write)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001


def batch_kind(logged: Any, batch_type: str | None) -> BatchKind:
    """The kind of a batch; ``batch_type`` (LOGGED, UNLOGGED, COUNTER) overrides ``logged``."""
    if not isinstance(logged, bool):
        raise InvalidQueryError(f"logged must be True or False, not {option(logged)}; a kind goes into batch_type=")
    if batch_type is None:
        return BatchKind.LOGGED if logged else BatchKind.UNLOGGED
    try:
        return BatchKind[batch_type.upper()]
    except (KeyError, AttributeError):
        raise InvalidQueryError(
            f"batch_type must be 'LOGGED', 'UNLOGGED' or 'COUNTER', not {word(batch_type)}"
        ) from None


def _limit(given: int | Unset | None, setting: int | Unset | None, default: int) -> int | None:
    if not isinstance(given, Unset):
        return given
    return default if isinstance(setting, Unset) else setting


def _has_timestamp(statement: Statement) -> bool:
    return any(mark.name == "[timestamp]" for mark in statement.marks)


def _result(page: Page, write: Write[Any]) -> LWTResult[Any]:
    mapper = write.mapper
    applied, rows = read_answer(page, "in the batch" if mapper is None else f"on table {mapper.table.name}")
    existing = None if applied or mapper is None or not rows else existing_row(mapper, rows[0], write.home)
    return LWTResult(applied, existing, rows)


def _warn(message: str) -> None:
    warn(message, BatchWarning)
