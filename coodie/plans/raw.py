"""Statements that the user wrote: their kind is derived from the text, which is never changed.

Named values are put in the order of the marks, so that drivers get a tuple of values for these texts too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeAlias, TypeGuard, TypeVar

from typing_extensions import Self

from coodie._errors import DecodeError, InvalidQueryError
from coodie._functions import is_plain
from coodie._words import a_type, word
from coodie.cql.kinds import kind_of
from coodie.cql.lexer import named_marks
from coodie.cql.message import Consistency, Kind, Mark, Options, Page, Statement
from coodie.cql.options import checked
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home
from coodie.plans.answers import by_name
from coodie.plans.plan import Flow, Pages, Plan, options_over, place_of, reader_of
from coodie.plans.reads import paged, read_some
from coodie.plans.spec import number_of_rows
from coodie.results import PagedResult

M = TypeVar("M", bound=Model)


Params: TypeAlias = Sequence[Any] | Mapping[str, Any]
"""The values of a user's text: one for each ``?`` in a list or tuple, or by name for each ``:name``."""


def raw_statement(cql: Any, params: Any = (), options: Options | None = None) -> Statement:
    """A statement of the user's, which is never idempotent. Raises `InvalidQueryError` for invalid arguments."""
    if not isinstance(cql, str) or not cql.strip():
        raise InvalidQueryError("a statement must be a text of CQL, not an empty one")
    kind, text = kind_of(cql), cql.strip().rstrip(";").rstrip()
    marks: tuple[Mark, ...] = ()
    if _is_mapping(params):
        marks, values = _named(text, params)
    elif _is_list(params):
        values = tuple(params)
    else:
        raise InvalidQueryError(
            "the values of a statement must be a list or tuple, one for each ?, or a dictionary with one for each "
            f":name, not {a_type(params)}"
        )
    statement = Statement(text, values, marks, kind, kind is Kind.READ)
    return statement if options is None else statement.with_options(options)


def _is_list(params: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(params, Sequence) and not isinstance(params, (str, bytes))


def _is_mapping(params: Any) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(params, Mapping)


def _named(cql: str, params: Mapping[Any, Any]) -> tuple[tuple[Mark, ...], tuple[Any, ...]]:
    """The marks of a text with names, and their values in order. Raises `InvalidQueryError` unless each has one."""
    marks, written = _marks(cql)
    keys = [mark.name if mark.name in params else name for mark, name in zip(marks, written, strict=True)]
    for key in keys:
        if key not in params:
            raise InvalidQueryError(f"the values have none for :{key}: {cql}")
    for key in params:
        if key not in keys:
            listed = ", ".join(f":{name}" for name in dict.fromkeys(written)) or "no names"
            raise InvalidQueryError(f"there is a value for {word(key)}, but the text has {listed}: {cql}")
    return marks, tuple([params[key] for key in keys])


@lru_cache(maxsize=1024)
def _marks(cql: str) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    """The marks of a text, and their names as they are written: CQL reads ``:userId`` as ``:userid``."""
    found = [token for token in named_marks(cql) if token is not None]
    if len(found) < len(named_marks(cql)):
        raise InvalidQueryError(f"values by name need :name for each ?; or give them all in a list: {cql}")
    return tuple([Mark(token.identifier or "") for token in found]), tuple([token.text for token in found])


def execute_raw(
    cql: str,
    params: Params = (),
    *,
    connection: str | None = None,
    consistency: Consistency | None = None,
    timeout: float | None = None,
    fetch_size: int | None = None,
) -> Pages[dict[str, Any]]:
    """The rows of any statement as dictionaries, from all pages. Raises `InvalidQueryError` for invalid arguments."""
    if fetch_size is not None:
        number_of_rows("fetch_size", fetch_size)
    options = checked(Options(consistency, None, timeout, fetch_size))
    return Pages(raw_statement(cql, params, options), _dicts, connection)


def _dicts(page: Page) -> list[dict[str, Any]]:
    return by_name(page, "a row of the answer")


def raw_select(model: type[Model], cql: Any, params: Any) -> Statement:
    """A SELECT of the user's, with the options of the model. Raises `InvalidQueryError` for any other statement."""
    found = raw_statement(cql, params, mapper_of(model).options)
    if found.kind is not Kind.READ:
        raise InvalidQueryError("raw() reads documents by a SELECT; execute_raw() sends any statement")
    return Statement(found.cql, found.values, found.marks, found.kind, True, found.options, model)


class RawQuery(Generic[M]):
    """A SELECT of the user's whose rows are read as documents. Each chainable method returns a new one."""

    __slots__ = ("_home", "_model", "_statement", "_unreadable")

    def __init__(
        self,
        model: type[M],
        statement: Statement,
        home: Home | None = None,
        unreadable: Callable[[DecodeError], object] | None = None,
    ) -> None:
        self._model: type[M] = model
        self._statement = statement
        self._home: Home | None = home
        self._unreadable = unreadable

    def __repr__(self) -> str:
        """The model and the text; never a value."""
        return f"<{type(self).__name__} of {self._model.__name__}: {self._statement.cql}>"

    def statement(self) -> Statement:
        """The statement that is sent, with its values; needs no connection."""
        return self._statement

    def consistency(self, level: Consistency) -> Self:
        """Use this consistency level, such as ``LOCAL_QUORUM``."""
        return self._with(options_over(self._statement.options, Options(level)))

    def timeout(self, seconds: float) -> Self:
        """Wait at most this many seconds for each answer."""
        return self._with(options_over(self._statement.options, Options(timeout=seconds)))

    def fetch_size(self, rows: int) -> Self:
        """Request this many rows per page."""
        return self._with(self._statement.options.with_(fetch_size=number_of_rows("fetch_size()", rows)))

    def page(self, state: bytes | None) -> Self:
        """Continue after the page that returned this paging state; None starts at the beginning."""
        if state is not None and not isinstance(state, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"a paging state is bytes, as a page gives it, not {a_type(state)}")
        return self._with(self._statement.options.with_(paging_state=state))

    def unreadable(self, handler: Callable[[DecodeError], object]) -> Self:
        """Skip rows that do not fit the model, and call ``handler`` with the `DecodeError` of each."""
        if not is_plain(handler):
            raise InvalidQueryError(f"unreadable() takes a plain function of one error, not {a_type(handler)}")
        return self._changed(self._statement, handler)

    def _with(self, options: Options) -> Self:
        return self._changed(self._statement.with_options(checked(options)), self._unreadable)

    def _changed(self, statement: Statement, unreadable: Callable[[DecodeError], object] | None) -> Self:
        return type(self)(self._model, statement, self._home, unreadable)

    def _pages(self) -> Pages[M]:
        mapper = mapper_of(self._model)
        read = reader_of(mapper, self._home, self._unreadable)
        return Pages(self._statement, read, place_of(mapper, self._home)[1])

    def _page(self) -> Plan[PagedResult[M]]:
        return paged(self._pages())

    def _some(self, count: int) -> tuple[Flow[tuple[list[M], bool]], str | None]:
        pages = self._pages()
        return read_some(count, pages), pages.connection
