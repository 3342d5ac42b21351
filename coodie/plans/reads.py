"""The SELECT of a query, and how its answer is read.

The text depends on the model and the shape of the query, never on its values, so it is made once per shape.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#select-statement
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from coodie._errors import (
    DocumentNotFound,
    InvalidPageToken,
    InvalidQueryError,
    MultipleDocumentsFound,
)
from coodie._seal import Secret, unseal
from coodie.connections import connection_names
from coodie.cql.fingerprint import PageOrigin
from coodie.cql.message import Kind, Mark, Options, Page, Statement
from coodie.cql.nodes import Call, Name, OrderBy, Ref, Select, Selector, Star
from coodie.cql.rendering.statements import render
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model, mapper_of
from coodie.mapping.state import Home
from coodie.plans.advice import NONE, Advice, advice_of, advise
from coodie.plans.arguments import Asked, Key
from coodie.plans.lookups import Lookup, lookup
from coodie.plans.plan import Flow, Pages, Plan, place_of, reader_of
from coodie.plans.spec import Spec
from coodie.plans.verbs import AGGREGATE, EXISTS, GROUPS, READ, Verb, check
from coodie.results import PagedResult
from coodie.tables.marks import table_marks

M = TypeVar("M", bound=Model)
T = TypeVar("T")


Flags: TypeAlias = tuple[bool, bool, bool, bool, bool]
"""Whether a SELECT has a PER PARTITION LIMIT, a LIMIT, ALLOW FILTERING, DISTINCT, JSON."""

Columns: TypeAlias = tuple[str, ...] | tuple[Selector, ...] | None

COUNT = (Selector(Call("count", (Star(),))),)
BY_KEY: Final[Flags] = (False, False, False, False, False)


def statement(
    spec: Spec[Any], verb: Verb = READ, selectors: tuple[Selector, ...] | None = None, *, json: bool = False
) -> Statement:
    """The SELECT of a query, made without a connection; ``selectors`` replace its columns."""
    check(spec, verb)
    if spec.ann is not None and spec.limit is None:
        raise InvalidQueryError("order_by_ann() needs a limit(): the server searches for so many rows")
    if spec.distinct and not all(map(spec.can_give, spec.columns or ())):
        raise InvalidQueryError(_EACH_ROW)
    keys, bound = spec.filters()
    if spec.mapper.family is not None:
        limited = spec.limit is not None or spec.per_partition_limit is not None
        if (
            (limited and not spec.mapper.cached(_gives_whole_key, keys))
            or selectors is not None
            or spec.distinct
            or json
        ):
            check_told(spec)
    cql, marks, advice = spec.mapper.cached(
        _select,
        verb is AGGREGATE or verb is GROUPS,
        place_of(spec.mapper, spec.home)[0],
        # None stands for all columns, which is faster to look up; with polymorphism their set may still grow.
        selectors or spec.columns or (None if spec.mapper.family is None else spec.mapper.selected),
        keys,
        spec.group_by,
        spec.order_by,
        None if spec.ann is None else spec.ann[0],
        (spec.per_partition_limit is not None, spec.limit is not None, spec.allow_filtering, spec.distinct, json),
    )
    values = [value for each in bound for value in each]
    if spec.ann is not None:
        values.append(spec.ann[1])
    if spec.per_partition_limit is not None:
        values.append(spec.per_partition_limit)
    if spec.limit is not None:
        values.append(spec.limit)
    if advice is not None:
        advise(spec, advice)
    options = _ordered(spec, keys) if spec.order_by else spec.options
    return Statement(cql, tuple(values), marks, Kind.READ, True, options, spec.mapper.model)


def shown(spec: Spec[Any]) -> str:
    """A query for readers: the SELECT without values, or if it makes none, the names of its filters."""
    selectors = None if spec.projection is None else spec.projection.selectors
    quiet = spec.copy()
    quiet.warns = False
    try:
        return f": {statement(quiet, selectors=selectors).cql}"
    except InvalidQueryError:
        return f" by {', '.join(map(str, spec.keys)) or 'nothing'}"


_EACH_ROW: Final = "distinct() gives partitions: name fields of the partition key, and those that are Static()"


def _ordered(spec: Spec[Any], keys: tuple[Key, ...]) -> Options:
    """The options of a query with an order; for several partitions without paging, since the server sorts all rows.

    With paging the server refuses: "Cannot page queries with both ORDER BY and a IN restriction".
    """
    partition, o = spec.mapper.table.partition_key, spec.options
    found = [spec.mapper.cached(lookup, key) for key in keys]
    if not any(each.relation.operator == "IN" and each.column in partition for each in found):
        return o
    if o.fetch_size is not None or o.paging_state is not None:
        raise InvalidQueryError(
            "rows of several partitions are put in order in one answer only, which has no pages; "
            "leave out fetch_size() and page(), or order_by()"
        )
    return o.with_(fetch_size=0, paging_state=None)


def check_told(spec: Spec[Any]) -> None:
    """Raise `InvalidQueryError` if the answer would include rows of other classes that cannot be told apart."""
    mapper = spec.mapper
    family = mapper.family
    if family is None or family.is_root(mapper.member):
        return
    if all(mapper.cached(lookup, key).column != family.field.column.name for key in spec.filters()[0]):
        raise InvalidQueryError(
            f"the server cannot tell rows of {mapper.model.__name__} from others in the table, so it can neither limit "
            f"nor count them, nor give values of them alone; use allow_filtering(), mark {family.field.name!r} with "
            "Indexed(), or make it a clustering key and give those before it"
        )


def first_trip(
    spec: Spec[Any], verb: Verb = READ, selectors: tuple[Selector, ...] | None = None, *, json: bool = False
) -> Statement | None:
    """`statement`, or None if there is nothing to send, since no row matches an IN without values."""
    if spec.nothing:
        check(spec, verb)
        return None
    return statement(spec, verb, selectors, json=json)


def pages(spec: Spec[M]) -> Pages[M]:
    """The documents of the query, page by page."""
    return Pages(first_trip(spec), reader_of(spec.mapper, spec.home, spec.unreadable), spec.connection)


def by_key(model: type[M], where: Asked, home: Home | None = None) -> Pages[M] | None:
    """The fast path for the document with this key, which needs no query object: the SELECT is made once per model.

    None if this is not the full key, or a value does not fit.
    """
    mapper = mapper_of(model)
    if not where:
        raise InvalidQueryError(f"get() needs the key ({', '.join(mapper.key_names)}); find() reads without it")
    if isinstance(where, tuple):
        return None
    key = mapper.cached(_by_key, home, connection_names.version, tuple(where))
    if key is None or (values := key.bind(where)) is None:
        return None
    found = Statement(key.cql, values, key.marks, Kind.READ, True, mapper.options, model)
    return Pages(found, key.read, key.connection)


class _Key(NamedTuple):
    """A SELECT by the full key, the function that returns its bound values, and the one that reads its answer."""

    bind: Callable[[Mapping[str, Any]], tuple[Any, ...] | None]
    read: Callable[[Page], list[Any]]
    connection: str | None
    cql: str
    marks: tuple[Mark, ...]


def _by_key(mapper: Mapper[Any], home: Home | None, version: int, names: tuple[str, ...]) -> _Key | None:
    """The SELECT if these are exactly the fields of the key; None with polymorphism if it also needs a filter."""
    if mapper.family is not None or set(names) != set(mapper.key_names):
        return None
    keyspace, connection = place_of(mapper, home)
    text = mapper.cached(select_text, keyspace, None, names, (), (), None, BY_KEY)
    return _Key(mapper.binder(names), reader_of(mapper, home), connection, *text)


def paged(pages: Pages[T]) -> Plan[PagedResult[T]]:
    """One page with its paging state."""

    def read(page: Page) -> PagedResult[T]:
        asked = origin_of(pages)
        return PagedResult([] if asked is None else pages.take(page), page.paging_state, asked)

    return Plan(pages.next, read, pages.connection)


def origin_of(pages: Pages[Any]) -> PageOrigin | None:
    """What the next page is of; None if there is nothing to send."""
    request = pages.next
    if request is None:
        return None
    model = request.model
    return PageOrigin(request, "" if model is None else f"{model.__module__}.{model.__qualname__}")


def unsealed(pages: Pages[Any], token: str, secret: Secret, context: str) -> bytes:
    """The paging state in a token for these pages. Raises `InvalidPageToken` if it is not for them."""
    asked = origin_of(pages)
    if asked is None:
        raise InvalidPageToken("this query has no pages, since no row can match it")
    return unseal(token, asked.bound(context), secret)


def count(spec: Spec[Any]) -> Plan[int]:
    """The number of rows, counted by the server."""
    return Plan(first_trip(spec, AGGREGATE, COUNT), _count, spec.connection)


def existing(spec: Spec[M]) -> Spec[M]:
    """The query reduced to the key, to find out whether there is any row."""
    check(spec, EXISTS)
    return spec.only()


def first(spec: Spec[M], make: Callable[[Spec[M]], Pages[T]]) -> tuple[Flow[list[T]], str | None]:
    """The first item, if any: the query with ``LIMIT 1``."""
    return _at_most(1, spec, spec.limited(1), make), spec.connection


def at_most_two(spec: Spec[M], make: Callable[[Spec[M]], Pages[T]]) -> tuple[Flow[list[T]], str | None]:
    """At most two items, which is enough to tell whether there is more than one."""
    whole = spec.limit is not None or spec.mapper.cached(_gives_whole_key, spec.filters()[0])
    return _at_most(2, spec, spec if whole else spec.limited(2), make), spec.connection


def _at_most(count: int, spec: Spec[M], limited: Spec[M], make: Callable[[Spec[M]], Pages[T]]) -> Flow[list[T]]:
    """At most ``count`` items. Skipped rows count towards the server's limit, so if there are any, more rows are
    read.
    """
    if spec.unreadable is None or limited is spec:
        found, passed = yield from read_some(count, make(limited))
        if not passed or len(found) == count or limited is spec or _is_one_partition(spec):
            return found
    if spec.options.fetch_size is None and not spec.order_by and spec.ann is None:
        spec = spec.fetching(_AHEAD)
    found, _ = yield from read_some(count, make(spec))
    return found


_AHEAD: Final = 100
"""The page size if only one or two rows are wanted, but some may be skipped."""


def read_some(count: int, pages: Pages[T]) -> Flow[tuple[list[T], bool]]:
    """The first items, at most ``count``, and whether rows were passed over on the way to them."""
    found: list[T] = []
    passed = False
    while (request := pages.next) is not None and len(found) < count:
        page = yield request
        items = pages.take(page)
        passed = passed or len(items) < len(page.rows)
        found += items
    return found[:count], passed


def _is_one_partition(spec: Spec[Any]) -> bool:
    """Whether the query reads one partition, in which a row of static values means that there are no other rows."""
    found = [spec.mapper.cached(lookup, key) for key in spec.filters()[0]]
    return _given_by_equality(found).issuperset(spec.mapper.table.partition_key)


def _gives_whole_key(mapper: Mapper[Any], keys: tuple[Key, ...]) -> bool:
    found = [mapper.cached(lookup, key) for key in keys]
    return _given_by_equality(found).issuperset(mapper.table.primary_key)


def _given_by_equality(found: Iterable[Lookup]) -> set[str]:
    return {column for each in found if each.relation.operator == "=" for column in each.columns}


def the_one(model: type[Model], keys: Iterable[object], found: Sequence[T], asked: Statement | None = None) -> T:
    """The only document in ``found``. Raises `DocumentNotFound` or `MultipleDocumentsFound`.

    The errors name the filters, and show the values of ``asked`` if it is given.
    """
    if len(found) == 1:
        return found[0]
    where = f"{model.__name__} with {', '.join(map(str, keys)) or 'no filter'}"
    shown = "" if asked is None else f"\n  {asked.cql}\n  values: {asked.values!r}"
    if found:
        raise MultipleDocumentsFound(f"there is more than one {where}; ask for the whole key, or use find(){shown}")
    raise DocumentNotFound(f"there is no {where}{shown}")


def _count(page: Page) -> int:
    return int(page.rows[0][0]) if page.rows else 0


def _select(
    mapper: Mapper[Any],
    aggregates: bool,
    keyspace: str | None,
    columns: Columns,
    keys: tuple[Key, ...],
    group_by: tuple[str, ...],
    order_by: tuple[str, ...],
    ann: str | None,
    flags: Flags,
) -> tuple[str, tuple[Mark, ...], Advice | None]:
    """`select_text`, and what there is to say about such a query."""
    advice = advice_of(mapper, keys, filtering=flags[2], aggregates=aggregates, nearest=ann is not None)
    text = mapper.cached(select_text, keyspace, columns, keys, group_by, order_by, ann, flags)
    return *text, None if advice == NONE else advice


def select_text(
    mapper: Mapper[Any],
    keyspace: str | None,
    columns: Columns,
    keys: tuple[Key, ...],
    group_by: tuple[str, ...],
    order_by: tuple[str, ...],
    ann: str | None,
    flags: Flags,
) -> tuple[str, tuple[Mark, ...]]:
    """``SELECT ... FROM ... WHERE ...``, with all columns of the model if ``columns`` is None."""
    order = tuple(_order(mapper, name) for name in order_by)
    per_partition_limit, limit, allow_filtering, distinct, json = flags
    node = Select(
        Name(mapper.table.name, keyspace),
        tuple(each if isinstance(each, Selector) else Selector(Ref(each)) for each in columns or mapper.columns),
        tuple(mapper.cached(lookup, key).relation for key in keys),
        group_by,
        order if ann is None else (OrderBy(ann, ann=True), *order),
        per_partition_limit,
        limit,
        allow_filtering,
        distinct,
        json,
    )
    text = render(node)
    return text.cql, table_marks(text, mapper.table)


def _order(mapper: Mapper[Any], name: str) -> OrderBy:
    return OrderBy(mapper.field(name.removeprefix("-")).column.name, name.startswith("-"))
