"""Names in the server's messages: of columns, and of the server's classes of types."""

from __future__ import annotations

from coodie.cql.names import quote
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt


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
