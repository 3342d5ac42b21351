"""The specification of a query as a value: which rows, which columns, how, and with which options.

A query object holds a `Spec`; each chainable method makes a copy with one change. ``reads.py``, ``aggregates.py`` and
``query_writes.py`` turn it into requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from coodie._errors import DecodeError, InvalidQueryError
from coodie._words import option
from coodie.cql.message import Options
from coodie.cql.values import Token
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.polymorphism import Family
from coodie.mapping.projections import Projection
from coodie.mapping.state import Home
from coodie.plans.arguments import Asked, Key, is_mapping, pair_of, together
from coodie.plans.lookups import lookup, lookups, raw
from coodie.plans.plan import Destination, place_of

M = TypeVar("M", bound=Model)

Filters: TypeAlias = tuple[tuple[Key, ...], tuple[tuple[Any, ...], ...]]
"""The keys of filters, and the bound values of each."""


class Writing(NamedTuple):
    """The options of a query that apply to its writes."""

    ttl: int | None = None
    timestamp: int | datetime | None = None
    if_exists: bool = False
    if_not_exists: bool = False


NO_WRITING: Final = Writing()


class Spec(Generic[M]):
    """The specification of a query. It must not be changed once it is in use.

    ``keys`` and ``bound`` are the filters and their bound values. If ``nothing``, no row can match, since one of them
    is an IN without values. ``columns`` are those to load, None for all; ``projection`` selects for the class of
    ``as_()``; ``ann`` is the column and the vector to order by.
    """

    __slots__ = (
        "allow_filtering",
        "ann",
        "bound",
        "columns",
        "distinct",
        "group_by",
        "home",
        "keys",
        "limit",
        "mapper",
        "nothing",
        "options",
        "order_by",
        "per_partition_limit",
        "projection",
        "unreadable",
        "warns",
        "writing",
    )

    def __init__(self, mapper: Mapper[M], home: Home | None = None) -> None:
        self.mapper: Mapper[M] = mapper
        self.keys: tuple[Key, ...] = ()
        self.bound: tuple[tuple[Any, ...], ...] = ()
        self.nothing: bool = False
        self.columns: tuple[str, ...] | None = None
        self.order_by: tuple[str, ...] = ()
        self.group_by: tuple[str, ...] = ()
        self.ann: tuple[str, Any] | None = None
        self.projection: Projection[Any] | None = None
        self.distinct: bool = False
        self.per_partition_limit: int | None = None
        self.limit: int | None = None
        self.allow_filtering: bool = False
        self.options: Options = mapper.options
        self.home: Home | None = home
        self.unreadable: Callable[[DecodeError], object] | None = None
        self.warns: bool = True
        self.writing: Writing = NO_WRITING

    def copy(self) -> Spec[M]:
        """A copy that may be changed."""
        # Written out, since copy.copy() of an object with slots is eight times slower.
        kind: type[Spec[M]] = Spec
        spec = object.__new__(kind)
        spec.mapper = self.mapper
        spec.keys = self.keys
        spec.bound = self.bound
        spec.nothing = self.nothing
        spec.columns = self.columns
        spec.order_by = self.order_by
        spec.group_by = self.group_by
        spec.ann = self.ann
        spec.projection = self.projection
        spec.distinct = self.distinct
        spec.per_partition_limit = self.per_partition_limit
        spec.limit = self.limit
        spec.allow_filtering = self.allow_filtering
        spec.options = self.options
        spec.home = self.home
        spec.unreadable = self.unreadable
        spec.warns = self.warns
        spec.writing = self.writing
        return spec

    @property
    def connection(self) -> str | None:
        """The connection of the query."""
        return place_of(self.mapper, self.home)[1]

    @property
    def destination(self) -> Destination:
        """The destination of the query's writes."""
        return *place_of(self.mapper, self.home), self.options

    def ask(self, where: tuple[object, ...]) -> None:
        """Add filters that are given as conditions or in mappings, in their order. Raises as `add` does."""
        for each in where:
            if not is_mapping(each):
                self.add(dict([pair_of(self.mapper, each)]))
            elif each:
                self.add(together(each, {}))

    def add(self, where: Mapping[Any, Any]) -> None:
        """Add filters. Raises `InvalidQueryError` for an unknown one, or a value that does not fit."""
        keys = tuple(where)
        binds, lists, tokens = self.mapper.cached(lookups, keys)
        if tokens:
            keys = tuple([raw(key) if isinstance(value, Token) else key for key, value in where.items()])
            binds, lists, tokens = self.mapper.cached(lookups, keys)
        bound = tuple([bind(value) for bind, value in zip(binds, where.values())])  # noqa: B905 - it takes longer
        for place in lists:
            self.nothing = self.nothing or not bound[place][0]
        self.keys, self.bound = (self.keys + keys, self.bound + bound) if self.keys else (keys, bound)

    def filters(self, *, writes: bool = False) -> Filters:
        """The filters, plus one for the rows of the model and its subclasses if the server accepts that."""
        family = self.mapper.family
        return (self.keys, self.bound) if family is None else self._with_family(family, writes)

    def limited(self, rows: int) -> Spec[M]:
        """A copy with a limit of ``rows``."""
        spec = self.copy()
        spec.limit = number_of_rows("limit()", rows)
        return spec

    def fetching(self, rows: int) -> Spec[M]:
        """A copy with pages of ``rows``."""
        spec = self.copy()
        spec.options = self.options.with_(fetch_size=number_of_rows("fetch_size()", rows))
        return spec

    def only(self, names: tuple[str, ...] = ()) -> Spec[M]:
        """A copy that loads only the key and these fields."""
        mapper, spec = self.mapper, self.copy()
        wanted = {mapper.field(name).column.name for name in names} | mapper.always_loaded
        spec.columns = tuple(column for column in mapper.columns if column in wanted and spec.can_give(column))
        return spec

    def can_give(self, column: str) -> bool:
        """Whether the rows include the column; with ``distinct()``, only if all rows of a partition share it."""
        return not self.distinct or self.mapper.is_shared(column)

    def _with_family(self, family: Family, writes: bool) -> Filters:
        keys, field, mapper = self.keys, family.field, self.mapper
        found = [mapper.cached(lookup, key) for key in keys]
        given = {column: each.relation.operator for each in found for column in each.columns}
        # The WHERE of a write accepts only key columns.
        told = field.is_key if writes else family.can_ask(mapper.member, given, filtering=self.allow_filtering)
        if field.column.name in given or not told or family.is_root(mapper.member):
            return keys, self.bound
        values = family.values(mapper.member)
        if len(values) == 1:
            return (field.name, *keys), (tuple(values), *self.bound)
        return (f"{field.name}__in", *keys), ((values,), *self.bound)


def spec_of(model: type[M], where: Asked | None = None, home: Home | None = None) -> Spec[M]:
    """The specification of ``find(where)`` of a model."""
    spec = Spec(mapper_of(model), home)
    if isinstance(where, tuple):
        spec.ask(where)
    elif where:
        spec.add(where if where.__class__ is dict else together(where, {}))
    return spec


def number_of_rows(what: str, rows: object) -> int:
    """``rows`` itself. Raises `InvalidQueryError` unless it is an int of at least 1."""
    if isinstance(rows, bool) or not isinstance(rows, int) or not 0 < rows < 2**31:
        raise InvalidQueryError(f"{what} takes a number of rows of at least 1, not {option(rows)}")
    return rows
