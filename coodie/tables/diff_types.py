"""The changes of one user-defined type. Fields can be added and renamed, never removed or given another type."""

from __future__ import annotations

from collections.abc import Iterator

from coodie.cql.names import quote
from coodie.cql.types import CqlType, freeze
from coodie.tables import ddl
from coodie.tables.change import Change, Danger, Side, path
from coodie.tables.show import shown_type
from coodie.tables.table import UserType


def type_changes(wanted: UserType, found: UserType | None, held: str | None = None) -> Iterator[Change]:
    """The changes that turn the type ``found`` into ``wanted``; ``held`` is a table with the type in its partition key.

    The order of fields is not compared: the server always appends a new field, wherever the model declares it.
    """
    where = path(wanted.keyspace, wanted.name)
    if found is None:
        node, why = ddl.create_type(wanted), "a new type touches no table"
        yield Change("type", where, Side.MISSING, Danger.SAFE, why, (node,), shown_type(wanted))
        return
    has = dict(found.fields)
    for name, cql_type in wanted.fields:
        if name not in has:
            yield _new_field(wanted, where, name, cql_type, held)
        elif freeze(cql_type) != freeze(has[name]):
            yield _other_type(f"{where}.{quote(name)}", cql_type, has[name])
    names = dict(wanted.fields)
    for name, cql_type in found.fields:
        if name not in names:
            why = "a field of a type cannot be dropped; it does no harm"
            yield Change(
                "field", f"{where}.{quote(name)}", Side.EXTRA, Danger.IMPOSSIBLE, why, found=_shown(name, cql_type)
            )


def _new_field(wanted: UserType, where: str, name: str, cql_type: CqlType, held: str | None) -> Change:
    where, shown = f"{where}.{quote(name)}", _shown(name, freeze(cql_type))
    if held is not None:
        why = (
            f"the type is in the partition key of {quote(held)}, which says where rows lie: make a type of another name"
        )
        return Change("field", where, Side.MISSING, Danger.IMPOSSIBLE, why, (), shown)
    node = ddl.add_field(wanted, name, cql_type)
    why = "values written before have null there; the server refuses it for a type that is in a partition key"
    return Change("field", where, Side.MISSING, Danger.SAFE, why, (node,), shown)


def _other_type(where: str, wanted: CqlType, found: CqlType) -> Change:
    why = "Cassandra cannot change the type of a field; add one with another name"
    name = where.rpartition(".")[2]
    sides = f"{name} {freeze(wanted)}", f"{name} {freeze(found)}"
    return Change("field", where, Side.DIFFERENT, Danger.IMPOSSIBLE, why, (), *sides)


def _shown(name: str, cql_type: CqlType) -> str:
    return f"{quote(name)} {cql_type}"
