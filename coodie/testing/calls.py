"""Recorded calls: when a request is recorded, its values are checked and copied.

Nothing here answers a call. A value that could not be encoded raises `InvalidQueryError`, as in production, so that an
application that handles the error does the same under test. The recorded call keeps the error for the test to inspect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.border import check
from coodie.cql.kinds import kind_of
from coodie.cql.literals import literal
from coodie.cql.message import UNSET, Batch, Kind, Page, Request, Statement, mark_names
from coodie.cql.natives import WIDEST
from coodie.cql.show import Shown, batch_text, kind_word
from coodie.cql.values import Unreadable
from coodie.testing.reading import mark_count

CallKind: TypeAlias = Literal["execute", "batch", "page", "schema"]


@dataclass(slots=True, eq=False)
class Call:
    """One request, and its answer: a page or an error, or neither while it is in progress.

    ``kind`` is ``execute``, ``batch``, ``schema`` or, for a query that continues from a paging state, ``page``.
    Preparing is not recorded, since drivers do it by themselves; ``recorder.prepared`` has the texts that a driver
    would prepare.
    """

    kind: CallKind
    request: Request
    page: Page | None = None
    error: BaseException | None = None

    @property
    def cql(self) -> str:
        """The text of the request; for a batch its text form."""
        return self.request.cql if isinstance(self.request, Statement) else batch_text(self.request)

    @property
    def values(self) -> tuple[Any, ...]:
        """The bound values in the order of the text's ``?``; for a batch those of all its statements."""
        if isinstance(self.request, Statement):
            return self.request.values
        first = () if self.request.timestamp is None else (self.request.timestamp,)
        return (*first, *(value for statement in self.request.statements for value in statement.values))

    @property
    def params(self) -> dict[str, Any]:
        """The bound values by the names of their marks. Raises TypeError for a batch, whose statements have their
        own.
        """
        if isinstance(self.request, Batch):
            raise TypeError("a batch has no params of its own; use call.statements[0].params")
        return dict(self.request.params)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of a batch; for any other call its only statement."""
        return self.request.statements if isinstance(self.request, Batch) else (self.request,)

    @property
    def batch_kind(self) -> str | None:
        """``logged``, ``unlogged`` or ``counter``; None if it is not a batch."""
        return self.request.kind.value if isinstance(self.request, Batch) else None

    @property
    def timestamp(self) -> int | None:
        """The timestamp of a batch, in microseconds since 1970."""
        return self.request.timestamp if isinstance(self.request, Batch) else None

    @property
    def sent(self) -> bool:
        """Whether it was sent; a request with an invalid value is refused before that."""
        return not isinstance(self.error, InvalidQueryError)

    @property
    def counts(self) -> bool:
        """Whether it is counted: it was sent and does not change the schema."""
        return self.sent and self.kind != "schema"

    @property
    def result(self) -> str:
        """A summary of the answer: ``void``, ``2 rows``, ``2 rows, more follow``, the name of an error, ``under
        way``.
        """
        if self.error is not None:
            return type(self.error).__name__
        if self.page is None:
            return "under way"
        if not self.page.columns and not self.page.rows:
            return "void"
        rows = counted_rows(len(self.page.rows))
        return f"{rows}, more follow" if self.page.paging_state is not None else rows

    def __repr__(self) -> str:
        return f"<{self.kind} {self.cql!r} {self.values!r} -> {self.result}>"


def counted_rows(count: int) -> str:
    """``1 row``, ``2 rows``."""
    return "1 row" if count == 1 else f"{count} rows"


def entries(calls: Iterable[Call]) -> Iterator[Shown]:
    """The calls in the form that `show` takes: each request, followed by its error if it had one."""
    for call in calls:
        yield call.request
        if call.error is not None:
            yield call.error


def begun(request: Request) -> Call:
    """A call that records ``request``, with copies of its values, so that later changes have no effect."""
    if isinstance(request, Statement):
        statement = _kept(request)
        return Call(cast(CallKind, kind_word(statement)), statement)
    statements = tuple(map(_kept, request.statements))
    return Call("batch", Batch(statements, request.kind, request.timestamp, request.options))


def checked(request: Request, *, values: bool = True) -> None:
    """Raise `InvalidQueryError`, naming column and type, for a value that could not be encoded.

    The message shows the value only if ``values`` is set, which is not so for requests to a real driver.
    """
    if isinstance(request, Statement):
        _check(request, values)
        return
    for position, statement in enumerate(request.statements, 1):
        _check(statement, values, f"statement {position} of the batch: ")


def _check(statement: Statement, shown: bool, where: str = "") -> None:
    values = statement.values
    marks = statement.marks
    expected = len(marks) or mark_count(statement.cql)
    if expected is not None and expected != len(values):
        raise InvalidQueryError(f"{where}the text takes {expected} values, not {len(values)}: {statement.cql}")
    position = -1
    try:  # outside of the loop, since this is most of the time that recording takes
        for mark, value in zip(marks, values, strict=False):
            position += 1
            cql_type = mark.type
            if cql_type is not None and value is not None and value is not UNSET:
                check(cql_type, value)
    except (TypeError, ValueError) as error:
        raise _misfit(where, statement, position, error, shown) from (error if shown else None)


def _misfit(where: str, statement: Statement, position: int, error: Exception, shown: bool) -> InvalidQueryError:
    name, cql_type = mark_names(statement)[position], statement.marks[position].type
    value = f"it is {value_text(statement.values[position])}, in" if shown else "in"
    return InvalidQueryError(
        f"{where}the value of {name} does not fit its type {cql_type}: {error}; {value} {statement.cql}"
    )


def value_text(value: Any) -> str:
    """A value for a failure message: as a CQL literal, or by its repr if it is not a CQL value."""
    if value is UNSET:
        return "unset"
    try:
        text = literal(value)
    except TypeError:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of thousands of digits, or very deeply nested lists
        text = f"{a_type(value)} that Python does not write out"
    return text.encode(errors="backslashreplace").decode()  # a lone surrogate could not be printed


_CHANGEABLE: Final = frozenset({bytearray, memoryview})
_IMMUTABLE: Final = frozenset({type(None), type(UNSET), Unreadable, *WIDEST}) - _CHANGEABLE


def _kept(statement: Statement) -> Statement:
    kind = kind_of(statement.cql) if statement.kind is Kind.WRITE and not statement.marks else statement.kind
    values = copied(statement.values)
    s = statement
    return Statement(s.cql, values, s.marks, kind, s.idempotent, s.options, s.model)


def copied(values: Iterable[Any]) -> tuple[Any, ...]:
    """The values, with mutable ones replaced by copies; nearly all are immutable, and cost nothing."""
    return tuple([value if type(value) in _IMMUTABLE else _copy(value) for value in values])


def _copy(value: Any) -> Any:
    try:
        return _COPIES.get(type(value), deepcopy)(value)
    # it is not a CQL value, which the check reports if it knows the type of the column
    except (TypeError, RecursionError):
        return value


def _copied_list(value: Any) -> list[Any]:
    return list(copied(value))


# deepcopy is eight times slower, which matters since collections are common.
_COPIES: Final[dict[Any, Callable[[Any], Any]]] = {set: set, list: _copied_list, tuple: copied, memoryview: bytes}
