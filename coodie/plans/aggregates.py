"""Queries that return something other than documents: values, aggregates, write times, JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from coodie._errors import InvalidQueryError
from coodie._words import word
from coodie.cql.message import Page, Statement
from coodie.cql.natives import NATIVES
from coodie.cql.nodes import Call, Ref, Selector, Star
from coodie.cql.parsing.columns import column_name
from coodie.cql.types import CqlType, Native, is_multicell
from coodie.mapping.columns import Field
from coodie.mapping.expressions import column_name_of
from coodie.mapping.mapper import Mapper
from coodie.mapping.model import Model
from coodie.mapping.rows import read_rows
from coodie.plans.answers import rows_of
from coodie.plans.lookups import lookup
from coodie.plans.plan import Pages, Plan
from coodie.plans.reads import check_told, first_trip
from coodie.plans.spec import Spec
from coodie.plans.verbs import AGGREGATE, CELL, GROUPS, JSON, Verb

M = TypeVar("M", bound=Model)

_EXPRESSION: Final = re.compile(r"\s*(\w+)\s*\(\s*(\*|\w+)\s*\)\s*")
_FUNCTIONS: Final = ("count", "sum", "avg", "min", "max")


class Aggregate(NamedTuple):
    """One selected expression, the function that reads its value, and its value if there are no rows."""

    selector: Selector
    read: Callable[[Any], Any]
    of_none: Any = None


def values(spec: Spec[M], fields: tuple[Any, ...]) -> Spec[M]:
    """The query for these fields, given by name or as ``Event.ts``. Raises `InvalidQueryError`.

    The two forms do not mix, so that the types of the values are either those of the columns or not told at all.
    """
    if not fields:
        raise InvalidQueryError("values_list() needs the names of fields, or columns such as Event.ts")
    if len({isinstance(field, str) for field in fields}) > 1:
        raise InvalidQueryError("values_list() takes either names or columns such as Event.ts, not both at once")
    model, spec = spec.mapper.model, spec.copy()
    names = [each if isinstance(each, str) else column_name_of(each, model, "values_list()") for each in fields]
    spec.columns = tuple(spec.mapper.field(name).column.name for name in names)
    return spec


def groups(spec: Spec[M], names: tuple[str, ...]) -> Spec[M]:
    """The query grouped by these columns.

    Raises `InvalidQueryError` unless every key column before them is grouped as well or given by ``=``.
    """
    mapper = spec.mapper
    partition, key = mapper.table.partition_key, mapper.table.primary_key
    columns = tuple(mapper.field(name).column.name for name in names)
    given = {
        found.column for found in (mapper.cached(lookup, each) for each in spec.keys) if found.relation.operator == "="
    }
    last = max((key.index(column) + 1 for column in columns if column in key), default=0)
    needed = tuple(column for column in key[: max(last, len(partition))] if column in columns or column not in given)
    if not columns or columns != needed:
        raise InvalidQueryError(
            f"group_by() takes the whole partition key and the clustering columns after it, in the order "
            f"({', '.join(key)}); a column that filter() gives by = may be omitted"
        )
    spec = spec.copy()
    spec.group_by = columns
    return spec


def value_pages(spec: Spec[Any]) -> Pages[tuple[Any, ...]]:
    """The values of the query's columns as tuples, in their annotated Python types."""
    check_told(spec)
    read_values = spec.mapper.read_values
    columns = spec.columns or spec.mapper.selected

    def read(page: Page) -> list[tuple[Any, ...]]:
        return read_rows(partial(read_values, columns), page, rows_of(page, columns), spec.unreadable)

    return Pages(first_trip(spec), read, spec.connection)


def json_pages(spec: Spec[Any]) -> Pages[str]:
    """The rows as JSON, serialised by the server: ``SELECT JSON ...``."""
    first = first_trip(spec, JSON, json=True)
    return Pages(first, lambda page: [row[0] for row in rows_of(page, ("[json]",))], spec.connection)


def aggregate(spec: Spec[Any], expressions: dict[str, str]) -> Plan[dict[str, Any]]:
    """``SELECT count(*) AS n, max(score) AS top ...``: aggregates over all matching rows."""
    asked = _parsed(spec.mapper, expressions)

    def read(page: Page) -> dict[str, Any]:
        return _named(asked, page)[0] if page.rows else {name: each.of_none for name, each in asked.items()}

    return Plan(_first_trip(spec, AGGREGATE, asked), read, spec.connection)


def of_groups(spec: Spec[Any], expressions: dict[str, str]) -> Pages[dict[str, Any]]:
    """`aggregate` per group, with the key of the group: ``SELECT a, count(*) AS n ... GROUP BY a``."""
    mapper = spec.mapper
    keys = {mapper.by_column[column].name: _group(mapper, column) for column in spec.group_by}
    if twice := keys.keys() & expressions.keys():
        raise InvalidQueryError(f"{min(twice)!r} is the key of the groups; give the aggregate another name")
    asked = {**keys, **_parsed(mapper, expressions)}
    return Pages(_first_trip(spec, GROUPS, asked), lambda page: _named(asked, page), spec.connection)


def scalar(spec: Spec[Any], function: str, name: str) -> Plan[Any]:
    """One aggregate of one column over all matching rows; None if there are no rows."""
    asked = _call(spec.mapper, function, name)

    def read(page: Page) -> Any:
        return asked.read(page.rows[0][0]) if page.rows else asked.of_none

    return Plan(_first_trip(spec, AGGREGATE, {"": asked}), read, spec.connection)


def of_cell(spec: Spec[Any], function: str, name: str) -> Pages[int | None]:
    """``writetime(name)`` or ``ttl(name)`` of the first row; None if the column has no value, no item without a row.

    With filtering, the first pages may be empty.
    """
    field = spec.mapper.field(name)
    if field.is_key:
        raise InvalidQueryError(f"{function}({name}): a key column has none")
    if is_multicell(field.column.type):
        raise InvalidQueryError(f"{function}({name}): each part of a {field.column.type} has one of its own")
    asked = Aggregate(Selector(Call(function, (Ref(field.column.name),))), _as_it_is)
    first = _first_trip(spec.limited(1), CELL, {"": asked})
    return Pages(first, lambda page: [row[0] for row in page.rows], spec.connection)


def _first_trip(spec: Spec[Any], verb: Verb, asked: dict[str, Aggregate]) -> Statement | None:
    return first_trip(spec, verb, tuple(each.selector for each in asked.values()))


def _named(asked: dict[str, Aggregate], page: Page) -> list[dict[str, Any]]:
    rows = rows_of(page, tuple(each.selector.alias or column_name(each.selector.term) for each in asked.values()))
    return [{name: each.read(value) for (name, each), value in zip(asked.items(), row, strict=True)} for row in rows]


def _parsed(mapper: Mapper[Any], expressions: dict[str, str]) -> dict[str, Aggregate]:
    if not expressions:
        raise InvalidQueryError('aggregate() needs at least one expression, as in aggregate(n="count(*)")')
    return {name: _parse(mapper, expression, name) for name, expression in expressions.items()}


def _parse(mapper: Mapper[Any], expression: Any, alias: str) -> Aggregate:
    found = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
    if found is None:
        raise InvalidQueryError(
            f"{alias}={word(expression)} is not an aggregate; write one such as 'count(*)' or 'max(score)'"
        )
    asked = _call(mapper, found[1].lower(), found[2])
    return asked._replace(selector=Selector(asked.selector.term, alias))


def _call(mapper: Mapper[Any], function: str, name: str) -> Aggregate:
    if function not in _FUNCTIONS:
        raise InvalidQueryError(f"{function}() is not an aggregate; there are: {', '.join(_FUNCTIONS)}")
    if name == "*":
        if function != "count":
            raise InvalidQueryError(f"{function}(*) is not an aggregate; name a field")
        return Aggregate(Selector(Call(function, (Star(),))), _as_it_is, 0)
    field = mapper.field(name)
    selector = Selector(Call(function, (Ref(field.column.name),)))
    # min() and max() return values of the field; a sum, an average or a count need not be valid for it.
    if function in ("min", "max"):
        return Aggregate(selector, _field_reader(mapper, field))
    return Aggregate(selector, _as_it_is, 0 if function == "count" else _of_none(field.column.type))


def _of_none(cql_type: CqlType) -> Any:
    """The result of ``sum()`` and ``avg()`` over no rows; for whole numbers it is a whole number."""
    return NATIVES[cql_type.name].zero if isinstance(cql_type, Native) else None


def _group(mapper: Mapper[Any], column: str) -> Aggregate:
    return Aggregate(Selector(Ref(column)), _field_reader(mapper, mapper.by_column[column]))


def _field_reader(mapper: Mapper[Any], field: Field) -> Callable[[Any], Any]:
    columns = (field.column.name,)
    return lambda value: None if value is None else mapper.read_values(columns, [(value,)])[0][0]


def _as_it_is(value: Any) -> Any:
    return value
