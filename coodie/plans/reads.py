"""What a query sends to read, and what its answer means.

The text depends on the model and on the shape of the query, never on its values, so it is made once per shape.
https://cassandra.apache.org/doc/latest/cassandra/developing/cql/dml.html#select-statement
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

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


def statement(query: Query[Any], *, counting: bool = False) -> Statement:
    """The SELECT of a query, made without a connection."""
    q = query
    cql, marks = _select_text(
        q._mapper,
        q._target(),
        q._keys,
        q._columns,
        q._order_by,
        q._per_partition_limit is not None,
        q._limit is not None,
        q._allow_filtering,
        counting,
    )
    values = [value for bound in q._bound for value in bound]
    if q._per_partition_limit is not None:
        values.append(q._per_partition_limit)
    if q._limit is not None:
        values.append(q._limit)
    return Statement(cql, tuple(values), marks, Kind.READ, True, q._options)


def pages(query: Query[M]) -> Pages[M]:
    """The documents that the query finds, page by page."""
    return Pages(None if query._nothing else statement(query), _reader(query), query._over())


def _reader(query: Query[M]) -> Callable[[Page], list[M]]:
    read = query._mapper.read
    return lambda page: read(page.columns, page.rows)


def paged(query: Query[M]) -> Plan[PagedResult[M]]:
    """One page and where to go on."""
    read = _reader(query)
    request = None if query._nothing else statement(query)
    return Plan(request, lambda page: PagedResult(read(page), page.paging_state), query._over())


def count(query: Query[Any]) -> Plan[int]:
    """The number of rows, told by the server."""
    request = None if query._nothing else statement(query, counting=True)
    return Plan(request, _count, query._over())


def at_most_two(query: Query[M]) -> Query[M]:
    """The query, made to read no more than it takes to see that there is more than one row."""
    return query if query._limit is not None or _gives_whole_key(query._mapper, query._keys) else query.limit(2)


@lru_cache(maxsize=1024)
def _gives_whole_key(mapper: Mapper[Any], keys: tuple[str, ...]) -> bool:
    found = [lookup(mapper, key) for key in keys]
    given = {each.column for each in found if each.relation.operator == "="}
    return given.issuperset(mapper.table.primary_key)


def the_one(query: Query[M], found: Sequence[M]) -> M:
    """The only document in ``found``. Raises `DocumentNotFound` or `MultipleDocumentsFound`."""
    if len(found) == 1:
        return found[0]
    asked = ", ".join(query._keys) or "no filter"
    where = f"{query._mapper.model.__name__} with {asked}"
    if found:
        raise MultipleDocumentsFound(f"there is more than one {where}; ask for the whole key, or use find()")
    raise DocumentNotFound(f"there is no {where}")


def _count(page: Page) -> int:
    return int(page.rows[0][0]) if page.rows else 0


@lru_cache(maxsize=1024)
def _select_text(
    mapper: Mapper[Any],
    keyspace: str | None,
    keys: tuple[str, ...],
    columns: tuple[str, ...] | None,
    order_by: tuple[str, ...],
    per_partition_limit: bool,
    limit: bool,
    allow_filtering: bool,
    counting: bool,
) -> tuple[str, tuple[Mark, ...]]:
    node = Select(
        Name(mapper.table.name, keyspace),
        COUNT if counting else tuple(Selector(Ref(column)) for column in columns or mapper.columns),
        tuple(lookup(mapper, key).relation for key in keys),
        (),
        tuple(_order(mapper, name) for name in order_by),
        per_partition_limit,
        limit,
        allow_filtering,
    )
    text = render(node)
    return text.cql, text.marks(mapper.table.types)


def _order(mapper: Mapper[Any], name: str) -> OrderBy:
    return OrderBy(mapper.field(name.removeprefix("-")).column.name, name.startswith("-"))
