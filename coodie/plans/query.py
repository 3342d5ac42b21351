"""Queries as values: what a chain of ``filter()``, ``limit()`` ... asks for. What is done with one is in ``reads.py``
and ``query_writes.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar

from typing_extensions import Self

from coodie._words import a_type, option
from coodie.cql.message import Consistency, Options, SerialConsistency
from coodie.cql.options import checked
from coodie.cql.types import Vector
from coodie.cql.values import Token
from coodie.exceptions import DecodeError, InvalidQueryError
from coodie.mapping.families import Family
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.slips import of_query
from coodie.mapping.state import Home
from coodie.plans.given import together
from coodie.plans.lookups import RAW, lookup, lookups
from coodie.plans.plan import Into, home_at, place_of
from coodie.tables.table import ColumnKind

M = TypeVar("M", bound=Model)
Q = TypeVar("Q", bound="Query[Any]")

Filters: TypeAlias = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]
"""The keys of filters, and the bound values of each."""


class Writing(NamedTuple):
    """What a query says about the writes that it makes."""

    ttl: int | None = None
    timestamp: int | datetime | None = None
    if_exists: bool = False
    if_not_exists: bool = False


NO_WRITING: Final = Writing()


class AsyncSlips:
    """What is written out of habit with a query of ``coodie.aio``."""

    __slots__ = ()

    if not TYPE_CHECKING:  # for a checker, what is not declared does not exist

        def __await__(self) -> NoReturn:
            raise TypeError("a query cannot be awaited: await what sends it, as in await query.all()")

        def __iter__(self) -> NoReturn:
            raise TypeError("a query of coodie.aio is iterated over by async for; await query.all() gives a list")


class Slips:
    """What is written out of habit with a query of ``coodie.sync``."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __aiter__(self) -> NoReturn:
            raise TypeError("a query of coodie.sync is iterated over by for, not by async for")


class Query(Generic[M]):
    """An immutable query: each method of the chain gives a new one. The doors add the methods that send it.

    It has neither ``len()`` nor a truth value of its own, since both would send a hidden request.
    """

    __slots__ = (
        "_allow_filtering",
        "_ann",
        "_bound",
        "_columns",
        "_distinct",
        "_group_by",
        "_home",
        "_keys",
        "_limit",
        "_mapper",
        "_nothing",
        "_options",
        "_order_by",
        "_per_partition_limit",
        "_unreadable",
        "_writing",
    )

    def __init__(self, model: type[M], where: Mapping[str, Any] | None = None, home: Home | None = None) -> None:
        mapper = mapper_of(model)
        self._mapper = mapper
        self._keys: tuple[str, ...] = ()
        self._bound: tuple[tuple[Any, ...], ...] = ()
        self._nothing = False  # an IN of no values: no row can meet it, so there is nothing to send
        self._columns: tuple[str, ...] | None = None
        self._order_by: tuple[str, ...] = ()
        self._group_by: tuple[str, ...] = ()
        self._ann: tuple[str, Any] | None = None
        self._distinct = False
        self._per_partition_limit: int | None = None
        self._limit: int | None = None
        self._allow_filtering = False
        self._options: Options = mapper.options
        self._home = home
        self._unreadable: Callable[[DecodeError], object] | None = None
        self._writing = NO_WRITING
        if where is not None and where.__class__ is not dict:
            where = together(where, {})
        if where:
            self._add(where)

    def __repr__(self) -> str:
        """The model and what is asked by; never a value."""
        return f"<{type(self).__name__} of {self._mapper.model.__name__} by {', '.join(self._keys) or 'nothing'}>"

    if not TYPE_CHECKING:  # for a checker, what is not declared does not exist

        def __getattr__(self, name: str) -> Any:
            raise of_query(type(self), name)

        def __getitem__(self, _: object) -> NoReturn:
            raise TypeError("a query has no places: limit(3) asks for the first three rows, first() for one")

    def filter(self, where: Mapping[str, Any] | None = None, /, **lookups: Any) -> Self:
        """Only the rows for which all of this holds: ``filter(user_id=uid, ts__gte=start)``.

        Each value is validated by the field's own validator. Raises `InvalidQueryError` for an unknown field or
        operator, naming the nearest one, and for a value that does not fit.
        """
        query = self._copy()
        query._add(lookups if where is None else together(where, lookups))
        return query

    def _filters(self, *, writes: bool = False) -> Filters:
        """The filters given, and the one for rows of the model and its subclasses, where the server can be asked so."""
        family = self._mapper.family
        return (self._keys, self._bound) if family is None else self._with_family(family, writes)

    def _with_family(self, family: Family, writes: bool) -> Filters:
        keys, field = self._keys, family.field
        given = {
            found.column: found.relation.operator for key in keys if (found := self._mapper.cached(lookup, key)).column
        }
        # The WHERE of a write takes key columns only.
        told = field.is_key if writes else family.can_ask(self._mapper, given, filtering=self._allow_filtering)
        if field.column.name in given or not told or family.is_root(self._mapper):
            return keys, self._bound
        values = family.values(self._mapper)
        if len(values) == 1:
            return (field.name, *keys), (tuple(values), *self._bound)
        return (f"{field.name}__in", *keys), ((values,), *self._bound)

    def _add(self, where: Mapping[str, Any]) -> None:
        keys = tuple(where)
        binds, lists, tokens = self._mapper.cached(lookups, keys)
        if tokens:
            keys = tuple([key + RAW if isinstance(value, Token) else key for key, value in where.items()])
            binds, lists, tokens = self._mapper.cached(lookups, keys)
        bound = tuple([bind(value) for bind, value in zip(binds, where.values())])  # noqa: B905 - it takes longer
        for place in lists:
            self._nothing = self._nothing or not bound[place][0]
        self._keys, self._bound = (self._keys + keys, self._bound + bound) if self._keys else (keys, bound)

    def limit(self, rows: int) -> Self:
        """At most so many rows in all: ``LIMIT ?``."""
        query = self._copy()
        query._limit = number_of_rows("limit()", rows)
        return query

    def per_partition_limit(self, rows: int) -> Self:
        """At most so many rows of each partition: ``PER PARTITION LIMIT ?``."""
        query = self._copy()
        query._per_partition_limit = number_of_rows("per_partition_limit()", rows)
        return query

    def order_by(self, *names: str) -> Self:
        """The order of rows within the partition, by clustering columns; ``-ts`` is descending.

        With the partition key by ``__in`` it is one order over all of them, and all rows come in one answer, whatever
        their number: the server sorts them without pages.
        """
        mapper = self._mapper
        for name in names:
            if mapper.field(_ascending(name)).column.name not in mapper.table.clustering_key:
                raise InvalidQueryError(f"order_by({name!r}): rows can be ordered by clustering columns only")
        query = self._copy()
        query._order_by = names
        return query

    def order_by_ann(self, name: str, vector: Sequence[float]) -> Self:
        """The rows whose vector is nearest to this one first: ``ORDER BY name ANN OF ?``. It needs a ``limit()``.

        The column must have a `VectorIndex`.
        """
        field = self._mapper.field(name)
        if not isinstance(field.column.type, Vector):
            raise InvalidQueryError(f"order_by_ann({name!r}): the column is {field.column.type}, not a vector")
        query = self._copy()
        query._ann = (field.column.name, self._mapper.validated(field, vector))
        return query

    def distinct(self) -> Self:
        """Each partition once, with its partition key and static columns: ``SELECT DISTINCT ...``."""
        query = self._copy()
        query._distinct = True
        query._columns = tuple(column for column in self._columns or self._mapper.selected if self._is_shared(column))
        return query

    def _is_shared(self, column: str) -> bool:
        """Whether all rows of a partition have the column together."""
        found = self._mapper.by_column.get(column)
        return found is not None and found.column.kind in (ColumnKind.PARTITION_KEY, ColumnKind.STATIC)

    def allow_filtering(self) -> Self:
        """Let the server read rows only to drop them again: ``ALLOW FILTERING``."""
        query = self._copy()
        query._allow_filtering = True
        return query

    def only(self, *names: str) -> Self:
        """Load just these fields and the key; reading another raises `FieldNotLoaded`, and ``save()`` leaves it be."""
        wanted = {self._mapper.field(name).column.name for name in names} | self._mapper.always_loaded
        columns = tuple(column for column in self._mapper.columns if column in wanted)
        query = self._copy()
        query._columns = columns
        return query.distinct() if self._distinct else query

    def defer(self, *names: str) -> Self:
        """Load all fields but these; a key field cannot be left out."""
        mapper = self._mapper
        unwanted = {mapper.field(name).column.name for name in names} - mapper.always_loaded
        query = self._copy()
        query._columns = tuple(column for column in self._columns or mapper.selected if column not in unwanted)
        return query

    def unreadable(self, handler: Callable[[DecodeError], object]) -> Self:
        """Pass rows over that do not fit the model: ``handler`` is called with the `DecodeError` of each.

        Without it, the first one ends the query. The error tells the row by its ``key``, and why it does not fit.
        ``handler`` is a plain function in both doors; what it raises ends the query.
        """
        call = getattr(handler, "__call__", None)  # noqa: B004 - of an object, that may be what is asynchronous
        if call is None or iscoroutinefunction(handler) or iscoroutinefunction(call):
            raise InvalidQueryError(f"unreadable() takes a plain function of one error, not {a_type(handler)}")
        query = self._copy()
        query._unreadable = handler
        return query

    def consistency(self, level: Consistency) -> Self:
        """With this consistency level, such as ``LOCAL_QUORUM``."""
        o = self._options
        return self._with_options(Options(level, o.serial_consistency, o.timeout, o.fetch_size, o.paging_state))

    def serial_consistency(self, level: SerialConsistency) -> Self:
        """With this serial consistency level, for conditional writes."""
        o = self._options
        return self._with_options(Options(o.consistency, level, o.timeout, o.fetch_size, o.paging_state))

    def timeout(self, seconds: float) -> Self:
        """Wait at most so many seconds for each answer."""
        o = self._options
        return self._with_options(Options(o.consistency, o.serial_consistency, seconds, o.fetch_size, o.paging_state))

    def fetch_size(self, rows: int) -> Self:
        """Ask for so many rows a page."""
        o, rows = self._options, number_of_rows("fetch_size()", rows)
        return self._with_options(Options(o.consistency, o.serial_consistency, o.timeout, rows, o.paging_state))

    def page(self, state: bytes | None) -> Self:
        """Go on after the page that gave this paging state; None starts at the beginning."""
        if state is not None and not isinstance(state, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"a paging state is bytes, as a page gives it, not {a_type(state)}")
        o = self._options
        return self._with_options(Options(o.consistency, o.serial_consistency, o.timeout, o.fetch_size, state))

    def using(
        self,
        *,
        keyspace: str | None = None,
        connection: str | None = None,
        ttl: int | None = None,
        timestamp: int | datetime | None = None,
        consistency: Consistency | None = None,
        serial_consistency: SerialConsistency | None = None,
        timeout: float | None = None,
        fetch_size: int | None = None,
    ) -> Self:
        """In that keyspace, or over that connection, instead of the model's; what is loaded remembers it.

        The others are for short: ``using(ttl=60, consistency="ONE")`` is ``ttl(60).consistency("ONE")``.
        """
        query = self._copy()
        query._home = home_at(self._home, keyspace, connection)
        query = query if ttl is None else query.ttl(ttl)
        query = query if timestamp is None else query.timestamp(timestamp)
        query = query if consistency is None else query.consistency(consistency)
        query = query if serial_consistency is None else query.serial_consistency(serial_consistency)
        query = query if timeout is None else query.timeout(timeout)
        return query if fetch_size is None else query.fetch_size(fetch_size)

    def ttl(self, seconds: int) -> Self:
        """What this query updates or creates expires after so many seconds: ``USING TTL ?``."""
        return self._with_writing(self._writing._replace(ttl=seconds))

    def timestamp(self, timestamp: int | datetime) -> Self:
        """What this query writes has this timestamp, in microseconds since 1970: ``USING TIMESTAMP ?``."""
        return self._with_writing(self._writing._replace(timestamp=timestamp))

    def if_exists(self) -> Self:
        """Update or delete only if the row exists: ``IF EXISTS``."""
        return self._with_writing(self._writing._replace(if_exists=True))

    def if_not_exists(self) -> Self:
        """Create only if there is no such row: ``IF NOT EXISTS``."""
        return self._with_writing(self._writing._replace(if_not_exists=True))

    def _into(self) -> Into:
        return *place_of(self._mapper, self._home), self._options

    def _over(self) -> str | None:
        return place_of(self._mapper, self._home)[1]

    def _copy(self) -> Self:
        return self._as(type(self))

    def _as(self, kind: type[Q]) -> Q:
        """The same query, of another kind."""
        # Written out: copy.copy() of an object with slots costs eight times as much.
        query = object.__new__(kind)
        query._mapper = self._mapper
        query._keys = self._keys
        query._bound = self._bound
        query._nothing = self._nothing
        query._columns = self._columns
        query._order_by = self._order_by
        query._group_by = self._group_by
        query._ann = self._ann
        query._distinct = self._distinct
        query._per_partition_limit = self._per_partition_limit
        query._limit = self._limit
        query._allow_filtering = self._allow_filtering
        query._options = self._options
        query._home = self._home
        query._unreadable = self._unreadable
        query._writing = self._writing
        return query

    def _with_options(self, options: Options) -> Self:
        query = self._copy()
        query._options = checked(options)
        return query

    def _with_writing(self, writing: Writing) -> Self:
        query = self._copy()
        query._writing = writing
        return query


def number_of_rows(what: str, rows: object) -> int:
    """``rows`` itself. Raises `InvalidQueryError` for what is no number from 1 up."""
    if isinstance(rows, bool) or not isinstance(rows, int) or not 0 < rows < 2**31:
        raise InvalidQueryError(f"{what} takes a number of rows from 1 up, not {option(rows)}")
    return rows


def _ascending(name: Any) -> Any:
    return name.removeprefix("-") if isinstance(name, str) else name
