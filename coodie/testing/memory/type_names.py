"""Names in the server's messages: of columns, and of the server's classes of types."""

from __future__ import annotations

from typing import Final

from coodie.cql.names import quote
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, Custom, List, Map, Native, Set, Tuple, Udt, Vector

_PACKAGE: Final = "org.apache.cassandra.db.marshal."


def column_text(name: str) -> str:
    """A column's name in a message, quoted if necessary. The server does not quote two of its reserved words."""
    return name if name in ("default", "unset") else quote(name)


def class_name(cql_type: CqlType) -> str:
    """The last component of the name of a type's class."""
    match cql_type:
        case Native(name):
            return NATIVES[name].server_class
        case List():
            return "ListType"
        case Set():
            return "SetType"
        case Map():
            return "MapType"
        case Udt():
            return "UserType"
        case Tuple():
            return "TupleType"
        case _:
            return "VectorType"


def class_of(cql_type: CqlType, keyspace: str, frozen: bool = False) -> str:
    """The server's class of a type. Only a frozen type that stands in no other frozen one is marked so."""

    def inner(part: CqlType) -> str:
        return class_of(part, keyspace, True)

    match cql_type:
        case Native(name):
            return _PACKAGE + NATIVES[name].server_class
        case Vector(element, dimension):
            return f"{_PACKAGE}VectorType({class_of(element, keyspace, frozen)} , {dimension})"
        case Tuple(elements):
            return f"{_PACKAGE}TupleType({','.join(map(inner, elements))})"
        case Custom(name):
            return name
        case List(element):
            found = f"ListType({inner(element)})"
        case Set(element):
            found = f"SetType({inner(element)})"
        case Map(key, value):
            found = f"MapType({inner(key)},{inner(value)})"
        case Udt(name, fields):
            parts = [f"{field.encode().hex()}:{inner(each)}" for field, each in fields]
            found = f"UserType({','.join([keyspace, name.encode().hex(), *parts])})"
        case _:
            raise TypeError(f"there is no class for {cql_type!r}")
    is_frozen = not frozen and getattr(cql_type, "frozen", False)
    return f"{_PACKAGE}FrozenType({_PACKAGE}{found})" if is_frozen else _PACKAGE + found
