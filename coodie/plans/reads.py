"""What a query sends to read, and what its answer means.

The text depends on the model and on the shape of the query, never on its values, so it is made once per shape.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#select-statement
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from coodie.cql.message import Kind, Mark, Page, Statement
from coodie.cql.nodes import Call, Name, OrderBy, Ref, Select, Selector, Star
from coodie.cql.render import render
from coodie.exceptions import DocumentNotFound, MultipleDocumentsFound
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.plans.lookups import lookup
from coodie.plans.plan import Pages, Plan
from coodie.plans.query import Query
from coodie.results import PagedResult

M = TypeVar("M", bound=Model)

COUNT = (Selector(Call("count", (Star(),))),)


class Shape(NamedTuple):
    """What the text of a query depends on, besides the model and the keyspace."""

    filters: tuple[str, ...]
    columns: tuple[str, ...] | None
    order_by: tuple[str, ...]
    per_partition_limit: bool
    limit: bool
    allow_filtering: bool
    counting: bool = False


def statement(query: Query[Any], *, count: bool = False) -> Statement:
    """The SELECT of a query, made without a connection."""
    q = query
    limits = (q._per_partition_limit, q._limit)
    shape = Shape(
        tuple([key for key, _ in q._filters]),
        q._columns,
        q._order_by,
        limits[0] is not None,
        limits[1] is not None,
        q._allow_filtering,
        count,
    )
    cql, marks = _select_text(q._mapper(), q._target(), shape)
    values = [value for _, bound in q._filters for value in bound]
    values += [rows for rows in limits if rows is not None]
    return Statement(cql, tuple(values), marks, Kind.READ, True, q._options)


def pages(query: Query[M]) -> Pages[M]:
    """The documents that the query finds, page by page; an empty IN finds none, without a trip."""
    mapper = query._mapper()
    first = None if finds_nothing(query) else statement(query)
    return Pages(first, lambda page: mapper.read(page.columns, page.rows), query._over())


def paged(query: Query[M]) -> Plan[PagedResult[M]]:
    """One page and where to go on."""
    mapper = query._mapper()

    def decode(page: Page) -> PagedResult[M]:
        return PagedResult(mapper.read(page.columns, page.rows), page.paging_state)

    return Plan(None if finds_nothing(query) else statement(query), decode, query._over())


def count(query: Query[Any]) -> Plan[int]:
    """The number of rows, told by the server."""
    request = None if finds_nothing(query) else statement(query, count=True)
    return Plan(request, _count, query._over())


def at_most_two(query: Query[M]) -> Query[M]:
    """The query, made to read no more than it takes to see that there is more than one row."""
    found = {lookup(query._mapper(), key).column for key, _ in query._filters if "__" not in key}
    whole_key = found.issuperset(query._mapper().table.primary_key)
    return query if whole_key or query._limit is not None else query.limit(2)


def the_one(query: Query[M], found: Sequence[M]) -> M:
    """The only document in ``found``. Raises `DocumentNotFound` or `MultipleDocumentsFound`."""
    if len(found) == 1:
        return found[0]
    asked = ", ".join(key for key, _ in query._filters) or "no filter"
    where = f"{query._model.__name__} with {asked}"
    if found:
        raise MultipleDocumentsFound(f"there is more than one {where}; ask for the whole key, or use find()")
    raise DocumentNotFound(f"there is no {where}")


def finds_nothing(query: Query[Any]) -> bool:
    """Whether the query has an IN of no values, which no row can meet."""
    return any("__in" in key and bound == ([],) for key, bound in query._filters)


def _count(page: Page) -> int:
    return int(page.rows[0][0]) if page.rows else 0


@lru_cache(maxsize=1024)
def _select_text(mapper: Mapper[Any], keyspace: str | None, shape: Shape) -> tuple[str, tuple[Mark, ...]]:
    columns = shape.columns or mapper.columns
    selectors = COUNT if shape.counting else tuple(Selector(Ref(column)) for column in columns)
    node = Select(
        Name(mapper.table.name, keyspace),
        selectors,
        tuple(lookup(mapper, key).relation for key in shape.filters),
        (),
        tuple(_order(mapper, name) for name in shape.order_by),
        shape.per_partition_limit,
        shape.limit,
        shape.allow_filtering,
    )
    text = render(node)
    return text.cql, text.marks(mapper.table.types)


def _order(mapper: Mapper[Any], name: str) -> OrderBy:
    return OrderBy(mapper.field(name.removeprefix("-")).column.name, name.startswith("-"))
