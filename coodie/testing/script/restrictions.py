"""The restrictions of a SELECT's WHERE clause as the server sees them, and the indexes that serve them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from coodie.cql.nodes import Element, Items, Ref, Relation, Select, Term, TokenCall
from coodie.cql.rendering.ddl import index_class
from coodie.cql.types import DURATION, NATIVE, CqlType, Map, Native, Udt, Vector, is_collection, is_multicell
from coodie.tables.indexes import target_of
from coodie.tables.table import Column, ColumnKind, Index, Table

_SLICES: Final = {"<": "end", "<=": "end", ">": "start", ">=": "start"}


@dataclass(frozen=True, slots=True)
class Restriction:
    """One relation: its columns and its operator.

    ``operator`` is that of CQL, or ``entry`` for ``attrs['a'] = ?``. ``of`` is its left side.
    """

    columns: tuple[Column, ...]
    operator: str
    of: Term

    @property
    def slice(self) -> str | None:
        """``start`` or ``end`` for a comparison that is this bound of a range, else None."""
        return _SLICES.get(self.operator)

    @property
    def is_token(self) -> bool:
        """Whether it compares tokens."""
        return isinstance(self.of, TokenCall)

    @property
    def is_multiple(self) -> bool:
        """Whether it is written as a tuple, ``(a, b) > (?, ?)``, even of a single column."""
        return isinstance(self.of, Items)

    @property
    def name(self) -> str:
        """The names of its columns, for a message."""
        return ", ".join(column.name for column in self.columns)


class Unknown(Exception):
    """Raised for a relation whose meaning only the server knows, or for a column that the model does not have."""


def restrictions(select: Select, table: Table) -> tuple[Restriction, ...]:
    """The restrictions of WHERE. Raises `Unknown`."""
    return tuple(_restriction(relation, table) for relation in select.where)


_KNOWN: Final = frozenset({"=", "!=", "IN", "IS NOT", "LIKE", "CONTAINS", "CONTAINS KEY", *_SLICES})


def _restriction(relation: Relation, table: Table) -> Restriction:
    left, operator = relation.left, relation.operator
    if operator == "IN" and isinstance(relation.right, Items) and len(relation.right.items) == 1:
        operator = "="  # the server treats it as equality
    if operator not in _KNOWN:
        raise Unknown(operator)
    match left:
        case Ref(name):
            return Restriction(_columns(table, [name]), operator, left)
        case Element(name):
            return Restriction(_columns(table, [name]), "entry" if operator == "=" else f"entry {operator}", left)
        case Items(_, terms) | TokenCall(terms):
            names = [each.column for each in terms if isinstance(each, Ref)]
            return Restriction(_columns(table, names), operator, left)
        case _:
            raise Unknown(left)


def _columns(table: Table, names: Iterable[str]) -> tuple[Column, ...]:
    found = tuple(table.by_name.get(name) for name in names)
    known = tuple(column for column in found if column is not None)
    if len(known) < len(found):
        raise Unknown(found)
    return known


def misuse(restriction: Restriction, table: Table) -> str | None:
    """The reason why the server refuses such a relation in any query on the table; None if it does not."""
    operator, name = restriction.operator, restriction.name
    if operator in ("!=", "IS NOT"):
        return f"{operator} is not supported in WHERE"
    if restriction.is_token:
        whole = tuple(column.name for column in restriction.columns) == table.partition_key
        return None if whole else f"token() takes the whole partition key ({', '.join(table.partition_key)})"
    if restriction.is_multiple:
        return _misplaced(restriction, table)
    column = restriction.columns[0]
    if operator == "LIKE" and not any(serves(index, restriction) for index in table.indexes):
        return f"LIKE needs an index that supports it, and {name} has none"
    if isinstance(column.type, Vector) and any(index.column == column.name for index in table.indexes):
        return f"a vector with an index is asked by ORDER BY {name} ANN OF only"
    if column.descending and operator.startswith("CONTAINS"):
        return f"{operator} does not work on a clustering column in descending order, which {name} is"
    return _mistyped(column.type, operator, name)


def _misplaced(restriction: Restriction, table: Table) -> str | None:
    key, names = table.clustering_key, [column.name for column in restriction.columns]
    places = [key.index(name) if name in key else -1 for name in names]
    if places == list(range(places[0], places[0] + len(places))) and places[0] >= 0:
        return None
    return f"({restriction.name}) must be clustering columns in the order of the key ({', '.join(key)})"


def _mistyped(cql_type: CqlType, operator: str, name: str) -> str | None:
    if operator == "CONTAINS" and not is_collection(cql_type):
        return f"CONTAINS is for collections, and {name} is {cql_type}"
    if operator == "CONTAINS KEY" and not isinstance(cql_type, Map):
        return f"CONTAINS KEY is for maps, and {name} is {cql_type}"
    if operator.startswith("entry") and (not isinstance(cql_type, Map) or cql_type.frozen or operator != "entry"):
        return f"an entry is compared by = in a map that is not frozen, and {name} is {cql_type}"
    if isinstance(cql_type, Udt) and not cql_type.frozen:
        return f"{name} is {cql_type}, a user-defined type that is not frozen, which nothing can be asked of"
    if is_multicell(cql_type) and operator not in ("CONTAINS", "CONTAINS KEY", "entry"):
        return f"a collection that is not frozen is asked by CONTAINS and by entries only, and {name} is {cql_type}"
    if cql_type == DURATION and operator in _SLICES:
        return f"durations have no order, and {name} is {cql_type}"
    return None


def serves(index: Index, restriction: Restriction, of: Column | None = None) -> bool:
    """Whether the index can serve the restriction, or that of one of its columns.

    Raises `Unknown` for an index with a class of the user's own.
    """
    column = next((each for each in restriction.columns if each.name == index.column and of in (None, each)), None)
    if column is None or restriction.is_token:
        return False
    using, target = index_class(index.using), target_of(index, column.type)
    if using not in (None, "sai", "legacy_local_table"):
        raise Unknown(index.using)
    if target in _OPERATORS:
        return restriction.operator == _OPERATORS[target]
    has_ranges = using == "sai" and isinstance(column.type, Native) and column.type not in _LITERALS
    return restriction.operator == "=" or (has_ranges and restriction.slice is not None)


_OPERATORS: Final = {"keys": "CONTAINS KEY", "values": "CONTAINS", "entries": "entry"}
_LITERALS: Final = frozenset({NATIVE["text"], NATIVE["ascii"], NATIVE["boolean"], NATIVE["uuid"]})


def kind_of(restriction: Restriction) -> ColumnKind:
    """The kind of its columns, which is the same for all columns of a restriction."""
    return restriction.columns[0].kind


def merge_error(found: Iterable[Restriction]) -> str | None:
    """The reason why two relations on the same column exclude each other; None if they do not."""
    seen: dict[tuple[str, bool], list[Restriction]] = {}
    for each in found:
        for column in each.columns[:1] if each.is_token else each.columns:
            others = seen.setdefault((column.name, each.is_token), [])
            for other in others:
                if why := _conflict(each, other, column.name):
                    return why
            others.append(each)
    return None


def _conflict(one: Restriction, other: Restriction, name: str) -> str | None:
    operators = {one.operator, other.operator}
    for exclusive in ("=", "IN", "LIKE"):
        if exclusive in operators:
            return f"{name} can be restricted by nothing else if it is by {exclusive}"
    if one.slice is not None and one.slice == other.slice:
        return f"{name} has two bounds at the {one.slice} of its range"
    if one.slice is not None and other.slice is not None and one.columns[0] != other.columns[0]:
        return f"two ranges of {name} must begin with the same column"
    if (one.slice is None) != (other.slice is None):
        return f"{name} can be restricted by CONTAINS and by entries, or by a range"
    return None
