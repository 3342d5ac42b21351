"""Questions whose answer is no document: values, aggregates, write times, JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from coodie.cql.message import Page
from coodie.cql.nodes import Call, Ref, Selector, Star, Term
from coodie.exceptions import InvalidQueryError
from coodie.mapping.columns import Field
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.plans.plan import Pages, Plan
from coodie.plans.query import Query
from coodie.plans.reads import statement

M = TypeVar("M", bound=Model)

_EXPRESSION: Final = re.compile(r"\s*(\w+)\s*\(\s*(\*|\w+)\s*\)\s*")
_FUNCTIONS: Final = ("count", "sum", "avg", "min", "max")


class Asked(NamedTuple):
    """One thing selected, and how its value is read."""

    selector: Selector
    read: Callable[[Any], Any]


def values(query: Query[Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of these fields. Raises `InvalidQueryError` for an unknown one, or none."""
    if not names:
        raise InvalidQueryError("values_list() needs the names of fields")
    return tuple(query._mapper.field(name).column.name for name in names)


def value_pages(query: Query[Any]) -> Pages[tuple[Any, ...]]:
    """The values of the query's columns as tuples, in their annotated Python types."""
    read = query._mapper.read_values
    first = None if query._nothing else statement(query)
    return Pages(first, lambda page: read(page.columns, page.rows), query._over())


def json_pages(query: Query[Any]) -> Pages[str]:
    """The rows as JSON texts, made by the server: ``SELECT JSON ...``."""
    first = None if query._nothing else statement(query, json=True)
    return Pages(first, lambda page: [row[0] for row in page.rows], query._over())


def aggregate(query: Query[Any], expressions: dict[str, str]) -> Pages[dict[str, Any]]:
    """``SELECT count(*) AS n, max(score) AS top ...``: a dictionary for each group, or one for all rows."""
    if not expressions:
        raise InvalidQueryError('aggregate() needs at least one expression, as in aggregate(n="count(*)")')
    mapper = query._mapper
    asked = [_group(mapper, column) for column in query._group_by]
    asked += [_parse(mapper, expression, name) for name, expression in expressions.items()]
    selectors = tuple(each.selector for each in asked)
    names = [*(mapper.by_column[column].name for column in query._group_by), *expressions]

    def read(page: Page) -> list[dict[str, Any]]:
        return [
            {name: each.read(value) for name, each, value in zip(names, asked, row, strict=True)} for row in page.rows
        ]

    return Pages(None if query._nothing else statement(query, selectors), read, query._over())


def scalar(query: Query[Any], function: str, name: str) -> Plan[Any]:
    """One function of one column, of all rows together; None if there are none."""
    asked = _call(query._mapper, function, name)
    return _one(query, asked)


def of_cell(query: Query[Any], function: str, name: str) -> Plan[int | None]:
    """``writetime(name)`` or ``ttl(name)`` of the first row; None if there is no row or no value."""
    field = query._mapper.field(name)
    if field.is_key:
        raise InvalidQueryError(f"{function}({name}): a key column has none")
    asked = Asked(Selector(Call(function, (Ref(field.column.name),))), _as_it_is)
    return _one(query if query._limit is not None else query.limit(1), asked)


def _one(query: Query[Any], asked: Asked) -> Plan[Any]:
    def read(page: Page) -> Any:
        return asked.read(page.rows[0][0]) if page.rows else None

    return Plan(None if query._nothing else statement(query, (asked.selector,)), read, query._over())


def _parse(mapper: Mapper[Any], expression: str, alias: str) -> Asked:
    found = _EXPRESSION.fullmatch(expression)
    if found is None:
        raise InvalidQueryError(f"{alias}={expression!r} is no aggregate; write one such as 'count(*)' or 'max(score)'")
    asked = _call(mapper, found[1].lower(), found[2])
    return Asked(Selector(asked.selector.term, alias), asked.read)


def _call(mapper: Mapper[Any], function: str, name: str) -> Asked:
    if function not in _FUNCTIONS:
        raise InvalidQueryError(f"{function}() is no aggregate; there are: {', '.join(_FUNCTIONS)}")
    if name == "*":
        if function != "count":
            raise InvalidQueryError(f"{function}(*) is no aggregate; name a field")
        star: Term = Star()
        return Asked(Selector(Call(function, (star,))), _as_it_is)
    field = mapper.field(name)
    selector = Selector(Call(function, (Ref(field.column.name),)))
    # The least and the greatest are values of the field; a sum, a mean and a number may be none.
    return Asked(selector, _field_reader(mapper, field) if function in ("min", "max") else _as_it_is)


def _group(mapper: Mapper[Any], column: str) -> Asked:
    return Asked(Selector(Ref(column)), _field_reader(mapper, mapper.by_column[column]))


def _field_reader(mapper: Mapper[Any], field: Field) -> Callable[[Any], Any]:
    columns = (field.column.name,)
    return lambda value: None if value is None else mapper.read_values(columns, [(value,)])[0][0]


def _as_it_is(value: Any) -> Any:
    return value
