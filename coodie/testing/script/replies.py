"""Turns scripted replies into the pages that a server would return, or refuses them.

A reply is checked against its statement: the columns of the SELECT list, the rows of a condition, the types of values.
A reply that no server could give is an `ImpossibleReply`, since a test that relies on it proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from coodie.cql.border import as_read, check
from coodie.cql.literals import literal
from coodie.cql.message import Batch, Kind, Page, Request, Statement
from coodie.cql.types import TIMESTAMP, CqlType
from coodie.cql.values import Unreadable
from coodie.tables.table import Table
from coodie.testing.calls import copied, counted_rows
from coodie.testing.errors import ImpossibleReply
from coodie.testing.reading import Expression, Reading, reading, table_for
from coodie.testing.script.contradictions import of_condition, of_select
from coodie.testing.script.matching import is_conditional


@runtime_checkable
class HasColumnValues(Protocol):
    """A document that can be used as a row."""

    def column_values(self) -> Mapping[str, Any]:
        """A value for each of its columns, by name."""
        ...


ReplyRow: TypeAlias = Mapping[str, Any] | Sequence[Any] | HasColumnValues


class DocumentRow(dict[str, Any]):
    """A row made from a document; a statement uses only the columns that it selects."""


def plain_row(row: ReplyRow) -> Mapping[str, Any] | Sequence[Any]:
    """A row as a mapping or sequence; later changes of a document have no effect. Raises TypeError for anything
    else.
    """
    if isinstance(row, HasColumnValues):
        return DocumentRow(row.column_values())
    if isinstance(row, str) or not hasattr(row, "__getitem__"):
        raise TypeError(f"a row is a document, a mapping by column or a tuple, not {row!r}")
    return row


def plain_rows(rows: Iterable[ReplyRow]) -> tuple[Mapping[str, Any] | Sequence[Any], ...]:
    """Each row by `plain_row`. Raises TypeError for a single row, which would be taken for a list of rows."""
    if isinstance(rows, (str, Mapping, HasColumnValues)):
        raise TypeError(f"an answer is a list of rows; for a single one say [{rows!r}]")
    if not isinstance(rows, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"an answer is a list of rows, not {rows!r}; what count() reads is [{{'count': 3}}]")
    return tuple(map(plain_row, rows))


APPLIED: Final = "[applied]"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a SELECT; ``cut`` is whether the test itself divides them into ``pages``."""

    pages: tuple[tuple[Mapping[str, Any] | Sequence[Any], ...], ...]
    columns: tuple[str, ...] | None = None
    cut: bool = False

    def __repr__(self) -> str:
        if self.cut:
            return f"pages({', '.join(map(counted_rows, map(len, self.pages)))})"
        return f"returns({counted_rows(len(self.pages[0]))})"


@dataclass(frozen=True, slots=True)
class Applied:
    """The answer to a conditional write."""

    applied: bool
    existing: tuple[Mapping[str, Any], ...] = ()

    def __repr__(self) -> str:
        return f"applied({self.applied}{''.join(f', {dict(row)!r}' for row in self.existing)})"


@dataclass(frozen=True, slots=True)
class Nothing:
    """The empty answer: a plain write succeeds, a SELECT finds nothing."""

    def __repr__(self) -> str:
        return "returns_nothing()"


@dataclass(frozen=True, slots=True)
class Exactly:
    """A recorded page, which is returned unchanged."""

    page: Page

    def __repr__(self) -> str:
        return f"answers_as({counted_rows(len(self.page.rows))})"


Reply: TypeAlias = Rows | Applied | Nothing | Exactly

_UNKNOWN: Final[Mapping[str, CqlType]] = {}
_NO_VALUES: Final[Mapping[str, Any]] = {}


def pages(
    reply: Reply, request: Request, types: Mapping[str, CqlType] = _UNKNOWN, table: Table | None = None
) -> list[Page]:
    """The pages with which ``reply`` answers ``request``, without paging states. Raises `ImpossibleReply`.

    ``table`` and the ``types`` of its columns are those of the rule's model, if it has one.
    """
    if isinstance(reply, Exactly):
        return [reply.page]
    conditional = is_conditional(request)
    if isinstance(reply, Applied):
        _require(conditional, "a statement without a condition is not answered with [applied]")
        if not reply.applied:
            _check_existing(reply.existing, request, table)
        return [_applied(reply, request, types, _table_for(request, table))]
    if isinstance(reply, Nothing):
        _require(not conditional, "a condition is always answered; use .applied(True) or .applied(False, row)")
        return [nothing(request)]
    return _rows(reply, request, conditional, types, table)


def nothing(request: Request) -> Page:
    """The answer of a server with empty tables: no rows, or a single row of aggregates."""
    if isinstance(request, Batch) or request.kind is not Kind.READ:
        return Page()
    says = reading(request.cql)
    columns = says.columns or ()
    if says.aggregates:
        return Page(columns, [tuple(map(_of_none, columns))])
    return Page(columns)


def _of_none(column: str) -> int | None:
    """The aggregate of no rows: 0 for count, sum and average, null for minimum and maximum."""
    return None if column.startswith(("system.min(", "system.max(")) else 0


def _rows(
    reply: Rows, request: Request, conditional: bool, known: Mapping[str, CqlType], table: Table | None
) -> list[Page]:
    if isinstance(request, Batch):
        raise ImpossibleReply("a batch has no rows but those of .applied()")
    _require(not reply.cut or request.kind is Kind.READ, "only a SELECT is answered in pages")
    if request.kind is not Kind.READ:
        has_applied = all(isinstance(row, Mapping) and APPLIED in row for row in reply.pages[0])
        _require(conditional and has_applied, "a write has no rows; use .returns_nothing() or .applied(...)")
    says = reading(request.cql)
    columns = _columns(reply, says, conditional)
    _check_limit(reply, says, request)
    types = _types(request, {name: kind for name, kind in known.items() if name not in says.aliases})
    _check_size(reply, request)
    where = {name: source.value(request.values) for name, source in says.where.items()}
    fixed = {name: value for name, value in where.items() if not isinstance(value, Expression)}
    given = [[_given(row, columns) for row in page] for page in reply.pages]
    found = [[_row(row, columns, types, fixed) for row in page] for page in given]
    _check_rows([row for page in given for row in page], request, table, conditional)
    return [Page(columns, page) for page in (found if reply.cut else _fetched(found[0], request))]


def _check_rows(rows: list[Mapping[str, Any]], request: Statement, known: Table | None, conditional: bool) -> None:
    """Refuse rows that contradict the statement."""
    if conditional:
        _check_existing([row for row in rows if row.get(APPLIED) is False], request, known)
    elif (table := table_for(request, known)) is not None:
        _refuse(of_select(request, table, rows))


def _check_existing(rows: Iterable[Mapping[str, Any]], request: Request, known: Table | None) -> None:
    if (table := _table_for(request, known)) is not None:
        _refuse(of_condition(request, table, rows))


def _table_for(request: Request, known: Table | None) -> Table | None:
    """The table of a statement, or of a conditional batch, which has only one."""
    return table_for(request.statements[0] if isinstance(request, Batch) else request, known)


def _refuse(why: str | None) -> None:
    _require(why is None, why or "")


def _fetched(rows: list[tuple[Any, ...]], request: Statement) -> list[list[tuple[Any, ...]]]:
    """The rows in pages as a server would return them, with at most the requested number of rows per page."""
    size = request.options.fetch_size or len(rows) or 1
    return [rows[at : at + size] for at in range(0, len(rows), size)] or [[]]


def _columns(reply: Rows, says: Reading, conditional: bool) -> tuple[str, ...]:
    if reply.columns is not None:
        return reply.columns
    if says.columns and not conditional:
        return says.columns
    named = [row for page in reply.pages for row in page if isinstance(row, Mapping)]
    return tuple(dict.fromkeys(name for row in named for name in row))


def _check_limit(reply: Rows, says: Reading, request: Statement) -> None:
    limit = says.limit.value(request.values) if says.limit is not None else None
    count = sum(map(len, reply.pages))
    if isinstance(limit, int) and count > limit:
        raise ImpossibleReply(f"the statement asks for at most {limit} rows, and the reply has {count}: {request.cql}")


def _check_size(reply: Rows, request: Statement) -> None:
    size, largest = request.options.fetch_size, max(map(len, reply.pages))
    if reply.cut and size and largest > size:
        raise ImpossibleReply(f"the call asks for pages of {size} rows, and one of the reply has {largest}")
    if size == 0 and len(reply.pages) > 1:
        raise ImpossibleReply(f"the call asks for all rows in one page, and the reply has {len(reply.pages)}")


def _given(row: Mapping[str, Any] | Sequence[Any], columns: tuple[str, ...]) -> Mapping[str, Any]:
    """The values that the test gives for a row, by the columns of the answer."""
    if isinstance(row, DocumentRow):
        known = {name: row[name] for name in columns if name in row}
        _require(bool(known), f"the answer has the columns {', '.join(columns)}, of which the document has none")
        row = known
    if isinstance(row, Mapping):
        named = {_canonical(name, columns): value for name, value in row.items()}
        unknown = [name for name in named if name not in columns]
        _require(not unknown, f"the answer has no column {', '.join(unknown)}, only {', '.join(columns)}")
        return named
    _require(len(row) == len(columns), f"the answer has the columns {', '.join(columns)}, not {len(row)}")
    return dict(zip(columns, row, strict=True))


def _row(
    given: Mapping[str, Any],
    columns: tuple[str, ...],
    types: Mapping[str, CqlType],
    fixed: Mapping[str, Any] = _NO_VALUES,
) -> tuple[Any, ...]:
    """A row in the order of the columns; values that the test omits follow from WHERE, or else are null."""
    values = tuple(given.get(name, fixed.get(name)) for name in columns)
    for name, value in zip(columns, values, strict=True):
        _check_value(name, value, types.get(name))
    return copied(tuple(as_read(types.get(name), value) for name, value in zip(columns, values, strict=True)))


def _canonical(name: str, columns: tuple[str, ...]) -> str:
    return f"system.{name}" if name not in columns and f"system.{name}" in columns else name


def _check_value(name: str, value: Any, cql_type: CqlType | None) -> None:
    """Refuse a value that no driver returns. The most frequent mistake of tests is a naive datetime."""
    if value is None or isinstance(value, Unreadable):
        return
    wanted = TIMESTAMP if cql_type is None and isinstance(value, datetime) else cql_type
    try:
        if wanted is not None:
            check(wanted, value)
        literal(value, wanted)
    except (TypeError, ValueError, AttributeError) as error:
        raise ImpossibleReply(f"no driver gives {value!r} for column {name}: {error}") from error


def _types(statement: Statement, known: Mapping[str, CqlType]) -> dict[str, CqlType]:
    """The types of columns, as far as the model or the statement provides them."""
    return {**known, **{mark.name: mark.type for mark in statement.marks if mark.type is not None}}


def _applied(reply: Applied, request: Request, known: Mapping[str, CqlType], table: Table | None) -> Page:
    if isinstance(request, Batch):
        _require(not (reply.applied and reply.existing), _APPLIED_RULE)
        types = {name: kind for statement in request.statements for name, kind in _types(statement, known).items()}
        return _applied_page(reply, dict.fromkeys(name for row in reply.existing for name in row), types)
    says = reading(request.cql)
    if says.verb == "insert":
        _require(reply.applied == (not reply.existing), _INSERT_RULE)
        columns = dict.fromkeys([*says.sets, *(name for row in reply.existing for name in row)])
        return _applied_page(reply, columns if reply.existing else {}, _types(request, known))
    _require(not (reply.applied and reply.existing), _APPLIED_RULE)
    _require(len(reply.existing) < 2, "a single condition is answered with one row")
    given = [name for row in reply.existing if not isinstance(row, DocumentRow) for name in row]
    # Whether a partition with static values exists may be shown by any of its rows.
    is_static = not says.conditions and (table is None or not all(name in says.where for name in table.clustering_key))
    columns = dict.fromkeys(given if is_static else says.asked_of)
    asked = ", ".join(columns) or "none, for IF EXISTS"
    unknown = [name for name in given if name not in columns]
    _require(not unknown, f"the server gives the columns of the condition ({asked}), not {', '.join(unknown)}")
    return _applied_page(reply, columns if reply.existing else {}, _types(request, known))


_INSERT_RULE: Final = (
    "IF NOT EXISTS is answered with the existing row if it is lost, .applied(False, row), and with no row if it is "
    "applied, .applied(True)"
)

_APPLIED_RULE: Final = "a condition that is applied is answered without rows, .applied(True)"


def _applied_page(reply: Applied, names: Iterable[str], types: Mapping[str, CqlType]) -> Page:
    columns = (APPLIED, *(name for name in names if name != APPLIED))
    rows = reply.existing or ({},)
    known = [
        {name: row[name] for name in columns if name in row} if isinstance(row, DocumentRow) else row for row in rows
    ]
    return Page(columns, [_row(_given({**row, APPLIED: reply.applied}, columns), columns, types) for row in known])


def _require(fits: bool, why: str) -> None:
    if not fits:
        raise ImpossibleReply(why)
