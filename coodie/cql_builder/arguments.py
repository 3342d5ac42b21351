"""Turns the arguments of builders into parts of statements and their bound values.

Each function raises `InvalidQueryError` for an argument of the wrong kind, and names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.names import check_name
from coodie.cql.nodes import Assignment, Element, Name, Ref, Relation, Using
from coodie.cql.operators import CONDITIONS, ENTRY, LOOKUPS, Operator, Takes
from coodie.cql.values import ceiling
from coodie.plans.arguments import are_elements, is_mapping, is_tuple
from coodie.plans.using import using_values

P = TypeVar("P")


class Clause(NamedTuple):
    """The relations of WHERE or IF, and their values."""

    relations: tuple[Relation, ...]
    values: list[Any]


def names_of(what: str, given: Any) -> tuple[str, ...]:
    """The names of columns, each a str."""
    if not are_elements(given):
        raise InvalidQueryError(f"{what} must be a list of column names, not {a_type(given)}")
    found = tuple(given)
    for name in found:
        if not isinstance(name, str):
            raise InvalidQueryError(f"{what} are the names of columns, and {a_type(name)} is none")
    return found


def mapping_of(what: str, given: Any) -> Mapping[str, Any]:
    """A mapping from column names to values."""
    if not is_mapping(given) or not all(isinstance(name, str) for name in given):
        raise InvalidQueryError(f"{what} must be a mapping from column names to values, not {a_type(given)}")
    return given


def conditions_of(given: Any) -> Clause:
    """The clause for ``if_conditions``, which is empty for None."""
    if given is not None:
        some(mapping_of("if_conditions", given), "if_conditions is empty; leave it out, or use if_exists=True")
    return relations_of("if_conditions", given)


def relations_of(what: str, given: Any) -> Clause:
    """The clause for ``where`` or a similar argument, which is empty for None."""
    return _clause(_relation(key, value) for key, value in mapping_of(what, {} if given is None else given).items())


def _clause(parts: Iterable[tuple[Relation, list[Any]]]) -> Clause:
    found = list(parts)
    return Clause(tuple(relation for relation, _ in found), [value for _, values in found for value in values])


def _relation(key: str, value: Any) -> tuple[Relation, list[Any]]:
    column, _, suffix = key.rpartition("__")
    if column and suffix == ENTRY:
        return Relation(Element(column)), _pair(key, value)
    operator = _OPERATORS.get(suffix) if column else None
    if operator is None:
        return Relation(Ref(key)), [value]
    return Relation(Ref(column), operator.cql), [_compared(key, operator, value)]


def _compared(key: str, operator: Operator, value: Any) -> Any:
    if operator.takes is Takes.LIST:
        if not are_elements(value):
            raise InvalidQueryError(f"{key} takes a list of values, not {a_type(value)}")
        return list(value)
    # Columns hold whole milliseconds, and a driver truncates finer bounds, which would be too early here.
    return ceiling(value) if operator.rounds_up and isinstance(value, datetime) else value


_OPERATORS: Final = {suffix: operator for suffix, operator in {**LOOKUPS, **CONDITIONS}.items() if suffix}


def assignments_of(what: str, given: Any) -> tuple[tuple[Assignment, ...], list[Any]]:
    """The assignments of ``sets``, and their bound values."""
    found = [_assignment(key, value) for key, value in mapping_of(what, given).items()]
    return tuple(assignment for assignment, _ in found), [value for _, values in found for value in values]


_CHANGES: Final = {"append": "+", "add": "+", "update": "+", "prepend": "prepend", "remove": "-"}


def _assignment(key: str, value: Any) -> tuple[Assignment, list[Any]]:
    column, _, suffix = key.rpartition("__")
    if column and suffix in ("put", "set"):
        return Assignment(Element(column)), _pair(key, value)
    operator = _CHANGES.get(suffix) if column else None
    return Assignment(Ref(key)) if operator is None else Assignment(Ref(column), operator), [value]


def targets_of(what: str, given: Any) -> tuple[tuple[Ref | Element, ...], list[Any]]:
    """Columns, and elements given as pairs of column and key, together with the keys, which are bound."""
    if not are_elements(given):
        raise InvalidQueryError(f"{what} must be a list of columns, not {a_type(given)}")
    parts: list[Ref | Element] = []
    keys: list[Any] = []
    for each in given:
        if is_tuple(each, 2) and isinstance(each[0], str):
            parts.append(Element(each[0]))
            keys.append(each[1])
        elif isinstance(each, str):
            parts.append(Ref(each))
        else:
            raise InvalidQueryError(f"{what} are names, or pairs of a name and a key or place; not {a_type(each)}")
    return tuple(parts), keys


def table_of(name: Any, keyspace: Any, what: str = "table") -> Name:
    """The name of a table, view, type or index, in ``keyspace`` or else in that of the connection."""
    return Name(check_name(name, what), None if keyspace is None else check_name(keyspace, "keyspace"))


def pairs_of(what: str, given: Any) -> list[tuple[Any, Any]]:
    """Pairs of a CQL text and its values."""
    found: list[Any] = list(given) if are_elements(given) else [None]
    if not all(is_tuple(each, 2) for each in found):
        raise InvalidQueryError(f"{what} takes pairs of CQL and values, as the other builders give them")
    return found


def using_of(ttl: Any, timestamp: Any) -> tuple[Using, tuple[int, ...]]:
    """The USING clause and its values."""
    return Using(ttl is not None, timestamp is not None), using_values(ttl, timestamp)


def some(given: P, message: str) -> P:
    """``given`` itself. Raises `InvalidQueryError` if it is empty."""
    if not given:
        raise InvalidQueryError(message)
    return given


def _pair(key: str, value: Any) -> list[Any]:
    if not is_tuple(value, 2):
        raise InvalidQueryError(f"{key} takes a pair, as in ('key', value)")
    return list(value)
