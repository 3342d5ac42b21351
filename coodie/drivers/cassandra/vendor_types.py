"""What the vendor's type classes are, in coodie's words: the kind of a type, and its name in CQL."""

from __future__ import annotations

from typing import Any

from coodie.cql.names import quote
from coodie.drivers.cassandra.vendor import TupleType, UserType, VectorType


def thawed(vendor_type: Any) -> Any:
    """The type itself: what is frozen in a vector comes wrapped, as the server names a vector by its classes."""
    while vendor_type.typename == "frozen" and not issubclass(vendor_type, UserType):
        vendor_type = vendor_type.subtypes[0]
    return vendor_type


def kind_of(vendor_type: Any) -> str:
    """``text``, ``list``, ``udt`` ...: what decides how a value of this type is written and read."""
    if issubclass(vendor_type, UserType):
        return "udt"
    if issubclass(vendor_type, TupleType):
        return "tuple"
    if issubclass(vendor_type, VectorType):
        return "vector"
    return str(vendor_type.typename)


def cql_name(vendor_type: Any) -> str:
    """The type as CQL writes it, for messages."""
    vendor_type = thawed(vendor_type)
    kind = kind_of(vendor_type)
    if kind == "udt":
        return quote(str(vendor_type.typename))
    if kind == "vector":
        return f"vector<{cql_name(vendor_type.subtype)}, {vendor_type.vector_size}>"
    if vendor_type.subtypes:
        return f"{kind}<{', '.join(map(cql_name, vendor_type.subtypes))}>"
    return "text" if kind == "varchar" else kind
