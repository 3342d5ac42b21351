"""The chainable methods of queries: ``filter()``, ``limit()`` ... They build a `Spec`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from typing_extensions import Self

from coodie._errors import DecodeError, InvalidQueryError
from coodie._functions import is_plain
from coodie._words import a_type
from coodie.cql.message import Consistency, Options, SerialConsistency
from coodie.cql.options import check_flag, checked
from coodie.cql.types import Vector
from coodie.mapping.expressions import Ordering, column_name_of
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.mapping.slips import of_query
from coodie.mapping.state import Home
from coodie.plans.arguments import Asked, Where
from coodie.plans.plan import home_at
from coodie.plans.reads import shown
from coodie.plans.spec import Spec, Writing, number_of_rows, spec_of

M = TypeVar("M", bound=Model)
Q = TypeVar("Q", bound="Query[Any]")


class AsyncSlips:
    """Hints for mistakes with queries of ``coodie.aio``."""

    __slots__ = ()

    if not TYPE_CHECKING:  # hidden from type checkers, which should report these mistakes

        def __await__(self) -> NoReturn:
            raise TypeError("a query cannot be awaited: await what sends it, as in await query.all()")

        def __iter__(self) -> NoReturn:
            raise TypeError("a query of coodie.aio is iterated over by async for; await query.all() gives a list")


class Slips:
    """Hints for mistakes with queries of ``coodie.sync``."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __aiter__(self) -> NoReturn:
            raise TypeError("a query of coodie.sync is iterated over by for, not by async for")


class Query(Generic[M]):
    """An immutable query: each chainable method returns a new one. Subclasses add the methods that send it.

    It has neither ``len()`` nor a truth value of its own, since both would send a hidden request.
    """

    __slots__ = ("_spec",)

    def __init__(self, model: type[M], where: Asked | None = None, home: Home | None = None) -> None:
        self._spec: Spec[M] = spec_of(model, where, home)

    def __repr__(self) -> str:
        """The model, and the SELECT that would be sent; never a value."""
        return f"<{type(self).__name__} of {self._spec.mapper.model.__name__}{shown(self._spec)}>"

    if not TYPE_CHECKING:  # hidden from type checkers, which should report these mistakes

        def __getattr__(self, name: str) -> Any:
            raise of_query(type(self), name)

        def __getitem__(self, _: object) -> NoReturn:
            raise TypeError("a query cannot be indexed: use limit(3) for the first three rows, first() for one")

    def filter(self, *where: Where, **lookups: Any) -> Self:
        """Select only rows that match all of these filters: ``filter(user_id=uid, ts__gte=start)``.

        Conditions on fields of the class do the same, ``filter(Event.ts >= start)``; see ``coodie.where``. Each value
        is validated by its field. Raises `InvalidQueryError` for an unknown field or operator, naming the nearest one,
        for a column of another class, and for a value that does not fit.
        """
        spec = self._spec.copy()
        if where:
            spec.ask((*where, lookups))
        else:
            spec.add(lookups)
        return with_spec(type(self), spec)

    def limit(self, rows: int) -> Self:
        """Return at most this many rows in total: ``LIMIT ?``."""
        return with_spec(type(self), self._spec.limited(rows))

    def per_partition_limit(self, rows: int) -> Self:
        """Return at most this many rows of each partition: ``PER PARTITION LIMIT ?``."""
        spec = self._spec.copy()
        spec.per_partition_limit = number_of_rows("per_partition_limit()", rows)
        return with_spec(type(self), spec)

    def order_by(self, *names: str | Ordering) -> Self:
        """Order the rows within a partition by clustering columns; ``-ts``, or ``desc(Event.ts)``, is descending.

        If the partition key is given by ``__in``, the order spans all these partitions. All rows then come in a single
        answer, however many there are, since the server cannot page such a query.
        """
        spec = self._spec.copy()
        spec.order_by = tuple([_order(spec.mapper, name) for name in names])
        return with_spec(type(self), spec)

    def order_by_ann(self, name: str, vector: Sequence[float]) -> Self:
        """Order the rows by the distance of their vector to this one: ``ORDER BY name ANN OF ?``. Needs a ``limit()``.

        The column must have a `VectorIndex`.
        """
        mapper = self._spec.mapper
        field = mapper.field(name)
        if not isinstance(field.column.type, Vector):
            raise InvalidQueryError(f"order_by_ann({name!r}): the column is {field.column.type}, not a vector")
        spec = self._spec.copy()
        spec.ann = (field.column.name, mapper.validated(field, vector))
        return with_spec(type(self), spec)

    def distinct(self) -> Self:
        """Each partition once, with its partition key and static columns: ``SELECT DISTINCT ...``."""
        spec = self._spec.copy()
        spec.distinct = True
        return with_spec(type(self), spec)

    def allow_filtering(self) -> Self:
        """Allow the server to read and discard rows that do not match: ``ALLOW FILTERING``."""
        spec = self._spec.copy()
        spec.allow_filtering = True
        return with_spec(type(self), spec)

    def unreadable(self, handler: Callable[[DecodeError], object]) -> Self:
        """Skip rows that do not fit the model, and call ``handler`` with the `DecodeError` of each.

        Without it, the first such row ends the query. The error identifies the row by ``key`` and gives the reason.
        ``handler`` is a plain function, also in async code; an error that it raises ends the query.
        """
        if not is_plain(handler):
            raise InvalidQueryError(f"unreadable() takes a plain function of one error, not {a_type(handler)}")
        spec = self._spec.copy()
        spec.unreadable = handler
        return with_spec(type(self), spec)

    def warn(self, on: bool = True) -> Self:
        """Issue no `QueryWarning` about this query with ``warn(False)``: it is meant as it is."""
        spec = self._spec.copy()
        spec.warns = check_flag("on", on)
        return with_spec(type(self), spec)

    def consistency(self, level: Consistency) -> Self:
        """Use this consistency level, such as ``LOCAL_QUORUM``."""
        return self._with_options(self._spec.options.with_(consistency=level))

    def serial_consistency(self, level: SerialConsistency) -> Self:
        """Use this serial consistency level, for conditional writes."""
        return self._with_options(self._spec.options.with_(serial_consistency=level))

    def timeout(self, seconds: float) -> Self:
        """Wait at most this many seconds for each answer."""
        return self._with_options(self._spec.options.with_(timeout=seconds))

    def fetch_size(self, rows: int) -> Self:
        """Request this many rows per page."""
        return with_spec(type(self), self._spec.fetching(rows))

    def page(self, state: bytes | None) -> Self:
        """Continue after the page that returned this paging state; None starts at the beginning."""
        if state is not None and not isinstance(state, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidQueryError(f"a paging state is bytes, as a page gives it, not {a_type(state)}")
        return self._with_options(self._spec.options.with_(paging_state=state))

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
        """Use this keyspace or connection instead of the model's; loaded documents remember it.

        The other arguments are shortcuts: ``using(ttl=60, consistency="ONE")`` is ``ttl(60).consistency("ONE")``.
        """
        spec = self._spec.copy()
        spec.home = home_at(spec.home, keyspace, connection)
        query = with_spec(type(self), spec)
        query = query if ttl is None else query.ttl(ttl)
        query = query if timestamp is None else query.timestamp(timestamp)
        query = query if consistency is None else query.consistency(consistency)
        query = query if serial_consistency is None else query.serial_consistency(serial_consistency)
        query = query if timeout is None else query.timeout(timeout)
        return query if fetch_size is None else query.fetch_size(fetch_size)

    def ttl(self, seconds: int) -> Self:
        """Let the values that this query updates or creates expire after this many seconds: ``USING TTL ?``."""
        return self._with_writing(self._spec.writing._replace(ttl=seconds))

    def timestamp(self, timestamp: int | datetime) -> Self:
        """Write with this timestamp, in microseconds since 1970: ``USING TIMESTAMP ?``."""
        return self._with_writing(self._spec.writing._replace(timestamp=timestamp))

    def if_exists(self) -> Self:
        """Update or delete only if the row exists: ``IF EXISTS``."""
        return self._with_writing(self._spec.writing._replace(if_exists=True))

    def if_not_exists(self) -> Self:
        """Create only if the row does not exist: ``IF NOT EXISTS``."""
        return self._with_writing(self._spec.writing._replace(if_not_exists=True))

    def _with_options(self, options: Options) -> Self:
        spec = self._spec.copy()
        spec.options = checked(options)
        return with_spec(type(self), spec)

    def _with_writing(self, writing: Writing) -> Self:
        spec = self._spec.copy()
        spec.writing = writing
        return with_spec(type(self), spec)


class DocumentQuery(Query[M]):
    """A query that returns documents, with all of their fields or some."""

    __slots__ = ()

    def distinct(self) -> Self:
        """Each partition once, with its partition key and static columns: ``SELECT DISTINCT ...``."""
        spec = self._spec.copy()
        spec.distinct = True
        spec.columns = tuple(filter(spec.can_give, spec.columns or spec.mapper.selected))
        return with_spec(type(self), spec)

    def only(self, *names: str) -> Self:
        """Load only these fields and the key. Reading another raises `FieldNotLoaded`; ``save()`` leaves it
        unchanged.
        """
        return with_spec(type(self), self._spec.only(names))

    def defer(self, *names: str) -> Self:
        """Load all fields except these; key fields are always loaded."""
        mapper, spec = self._spec.mapper, self._spec.copy()
        unwanted = {mapper.field(name).column.name for name in names} - mapper.always_loaded
        spec.columns = tuple(column for column in spec.columns or mapper.selected if column not in unwanted)
        return with_spec(type(self), spec)


def with_spec(kind: type[Q], spec: Spec[Any]) -> Q:
    """A query of that class with this spec."""
    query = object.__new__(kind)
    query._spec = spec  # pyright: ignore[reportPrivateUsage]
    return query


def spec_in(query: Query[M]) -> Spec[M]:
    """The spec of a query."""
    return query._spec  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of the class above


def _order(mapper: Mapper[Any], given: Any) -> str:
    """The name of a clustering column, with a ``-`` before it if the order is descending."""
    if isinstance(given, str):
        field, sign = mapper.field(given.removeprefix("-")), "-" if given.startswith("-") else ""
    else:
        column, descending = given if isinstance(given, Ordering) else (given, False)
        field, sign = mapper.field(column_name_of(column, mapper.model, "order_by()")), "-" if descending else ""
    if field.column.name not in mapper.table.clustering_key:
        raise InvalidQueryError(f"order_by({sign + field.name!r}): rows can be ordered by clustering columns only")
    return sign + field.name
