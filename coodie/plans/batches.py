"""What may stand together in a batch, and the one request that comes of it.

The rules are those of the CQL reference (BATCH) and of the server; each is kept when a statement is added, so that the
error points at the line that broke it, and nothing was sent.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#batch_statement
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NoReturn

from coodie.connections import known
from coodie.cql.message import Batch, BatchKind, Consistency, Kind, Options, Page, SerialConsistency, Statement
from coodie.exceptions import InvalidQueryError
from coodie.mapping.mapper import Mapper
from coodie.plans.answers import existing_row, read_rows, was_applied
from coodie.plans.batch_rows import contested_cell, rows_of
from coodie.plans.plan import Plan, Write, nothing
from coodie.plans.raw import raw_statement
from coodie.plans.size import estimated_bytes
from coodie.plans.writes import timestamp_value
from coodie.results import LWTResult

WARN_STATEMENTS: Final = 50
WARN_BYTES: Final = 5120
WARN_PARTITIONS: Final = 10


class BatchWarning(UserWarning):
    """The batch is allowed, but hard on the cluster, or does not do what it seems to."""


class BatchBase:
    """Statements that go as one request, and the rules for them. The doors add ``execute()`` and the ``with`` block."""

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
        warn_statements: int | None = WARN_STATEMENTS,
        warn_bytes: int | None = WARN_BYTES,
        warn_partitions: int | None = WARN_PARTITIONS,
    ) -> None:
        self._kind = batch_kind(logged, batch_type)
        self._timestamp = None if timestamp is None else timestamp_value(timestamp)
        self._options = Options(consistency, serial_consistency, timeout)
        self._connection = connection
        self._allow_multiple_conditions = allow_multiple_conditions
        self._limits = (warn_statements, warn_bytes, warn_partitions)
        self._writes: list[Write[Any]] = []
        self._first: Write[Any] | None = None  # of those that came from a document, which fixes the connection
        self._conditional: Write[Any] | None = None
        self._result: LWTResult[Any] | None = None
        self._failed = False  # the last execute() ended in an error, and its statements are kept
        if self._kind is BatchKind.COUNTER and timestamp is not None:
            raise InvalidQueryError("a counter batch takes no timestamp: counters have none that a client could set")

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What has been added so far, and not yet sent."""
        return tuple(_statement(write) for write in self._writes)

    @property
    def result(self) -> LWTResult[Any] | None:
        """The answer of the last execution if a condition was in it, else None."""
        return self._result

    def add(self, cql: str, params: Sequence[Any] = ()) -> None:
        """Add a statement of your own, with one value for each ``?``.

        Raises `InvalidQueryError` if it may not be in this batch; the batch is then as it was before.
        """
        statement = raw_statement(cql, params)
        if statement.kind is Kind.WRITE and self._kind is BatchKind.COUNTER:
            # A text does not tell whether it changes counters; in a counter batch it can do nothing else.
            statement = Statement(statement.cql, statement.values, (), Kind.COUNTER)
        self._take(Write(statement, nothing, self._connection))

    def _take(self, write: Write[Any]) -> None:
        """Add the statement of a plan. Raises `InvalidQueryError` that says which statement breaks which rule."""
        if self._failed:
            raise InvalidQueryError(
                f"this batch could not be sent and still holds its {len(self._writes)} statements; "
                "call execute() again, or start a new batch"
            )
        if write.request is None:  # it would change no row: an IN of no values
            return
        self._check(write, _statement(write))
        self._writes.append(write)
        if self._first is None and write.mapper is not None:
            self._first = write
        if self._conditional is None and _statement(write).kind is Kind.CONDITIONAL:
            self._conditional = write

    def _plan(self) -> Plan[LWTResult[Any] | None] | None:
        """The one request for all that was added; None for an empty batch. Warns with `BatchWarning`."""
        if not self._writes:
            return None
        self._warn()
        batch = Batch(self.statements, self._kind, self._timestamp, self._batch_options())
        return Plan(batch, self._decode, self._over())

    def _decode(self, page: Page) -> LWTResult[Any] | None:
        self._result = None if self._conditional is None else _result(page, self._conditional)
        if self._result is None or self._result.applied:
            for write in self._writes:
                if write.applied is not None:
                    write.applied()
        self._empty()
        return self._result

    def _empty(self) -> None:
        self._writes.clear()
        self._first = self._conditional = None
        self._failed = False

    def _over(self) -> str | None:
        return self._connection if self._connection is not None or self._first is None else self._first.connection

    def _batch_options(self) -> Options:
        given = self._options
        if self._first is None or self._first.mapper is None:
            return given
        base = self._first.mapper.options
        return Options(
            given.consistency or base.consistency,
            given.serial_consistency or base.serial_consistency,
            given.timeout if given.timeout is not None else base.timeout,
        )

    def _check(self, write: Write[Any], statement: Statement) -> None:
        self._check_kind(statement)
        if write.mapper is not None:
            self._check_options(write.mapper, statement)
            self._check_connection(write, statement)
        if self._conditional is not None or statement.kind is Kind.CONDITIONAL:
            self._check_conditions(write, statement)

    def _check_kind(self, statement: Statement) -> None:
        counters = self._kind is BatchKind.COUNTER
        if statement.kind in (Kind.READ, Kind.SCHEMA):
            self._refuse(statement, "only INSERT, UPDATE and DELETE may be in a batch")
        if statement.kind is Kind.COUNTER and not counters:
            self._refuse(statement, 'it changes a counter; that needs a batch of its own, with batch_type="COUNTER"')
        if statement.kind is not Kind.COUNTER and counters:
            self._refuse(statement, "it changes no counter, and a counter batch may hold nothing else")

    def _check_options(self, mapper: Mapper[Any], statement: Statement) -> None:
        if statement.options is not mapper.options:
            self._refuse(statement, "consistency and timeout are those of the batch; give them to it instead")
        if self._timestamp is not None and _has_timestamp(statement):
            self._refuse(statement, "it has a timestamp of its own, and so has the batch; give only one of them")

    def _check_connection(self, write: Write[Any], statement: Statement) -> None:
        over = self._over()
        fixed = self._connection is not None or self._first is not None
        if fixed and not known.same(write.connection, over):
            one, other = (name or "the default one" for name in (write.connection, over))
            self._refuse(statement, f"it belongs to another connection ({one}) than the batch ({other})")

    def _check_conditions(self, write: Write[Any], statement: Statement) -> None:
        if statement.kind is Kind.CONDITIONAL:
            if self._timestamp is not None:
                self._refuse(statement, "it has a condition, and a batch with a condition takes no timestamp")
            if self._conditional is not None and not self._allow_multiple_conditions:
                self._refuse(statement, "a batch may hold one condition only, unless allow_multiple_conditions=True")
        if any(map(_has_timestamp, (*self.statements, statement))):
            self._refuse(statement, "a batch with a condition takes no timestamp in any of its statements")
        *others, row = rows_of([*self._writes, write])
        for other in others:
            if row is not None and other is not None and (row.table, row.partition) != (other.table, other.partition):
                what = "table" if row.table != other.table else "partition"
                self._refuse(
                    statement, f"a batch with a condition must stay in one partition, and this is another {what}"
                )

    def _refuse(self, statement: Statement, why: str) -> NoReturn:
        raise InvalidQueryError(f"statement {len(self._writes) + 1} cannot be in this batch: {why}: {statement.cql}")

    def _warn(self) -> None:
        statements, size, partitions = self._limits
        if statements is not None and len(self._writes) > statements:
            _warn(f"a batch of {len(self._writes)} statements (over {statements}) burdens its coordinator; send fewer")
        if size is not None and (total := sum(estimated_bytes(each.values) for each in self.statements)) > size:
            _warn(f"a batch of about {total} bytes (over {size}) burdens its coordinator; send fewer")
        rows = rows_of(self._writes)
        found = len({(row.table, row.partition) for row in rows if row is not None})
        if partitions is not None and found > partitions:
            _warn(f"a batch over {found} partitions (over {partitions}) is slower than single writes side by side")
        if self._kind is not BatchKind.COUNTER and (cell := contested_cell(rows)):
            _warn(f"the batch writes {cell} of one row twice with one timestamp; which value stays is left to chance")


def batch_kind(logged: bool, batch_type: str | None) -> BatchKind:
    """The kind of a batch; ``batch_type`` (LOGGED, UNLOGGED, COUNTER) wins over ``logged``."""
    if batch_type is None:
        return BatchKind.LOGGED if logged else BatchKind.UNLOGGED
    try:
        return BatchKind[batch_type.upper()]
    except (KeyError, AttributeError):
        raise InvalidQueryError(f"batch_type is 'LOGGED', 'UNLOGGED' or 'COUNTER', not {batch_type!r}") from None


def _statement(write: Write[Any]) -> Statement:
    assert isinstance(write.request, Statement)
    return write.request


def _has_timestamp(statement: Statement) -> bool:
    return any(mark.name == "[timestamp]" for mark in statement.marks)


def _result(page: Page, write: Write[Any]) -> LWTResult[Any]:
    mapper = write.mapper
    table = "the batch" if mapper is None else mapper.table.name
    rows = read_rows(page, table)
    if was_applied(page, table):
        return LWTResult(True, None, rows)
    return LWTResult(False, None if mapper is None else existing_row(mapper, rows[0]), rows)


def _warn(message: str) -> None:
    warnings.warn(message, BatchWarning, stacklevel=5)
