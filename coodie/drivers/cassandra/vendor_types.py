"""Maps the vendor's type classes to CQL types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from coodie.cql.types import NATIVE, TEXT, CqlType, Custom, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.drivers.cassandra.vendor import ProtocolVersion, TupleType, UserType, VectorType


def cql_type_of(vendor_type: Any) -> CqlType:
    """The CQL type of a vendor class; a type that coodie does not know is encoded and decoded by the vendor."""
    if issubclass(vendor_type, UserType):
        fields = tuple(zip(vendor_type.fieldnames, _parts(vendor_type), strict=True))
        return Udt(str(vendor_type.typename), fields, frozen=False)
    if issubclass(vendor_type, TupleType):
        return Tuple(_parts(vendor_type))
    if issubclass(vendor_type, VectorType):
        return Vector(freeze(cql_type_of(vendor_type.subtype)), int(vendor_type.vector_size))
    name = str(vendor_type.typename)
    if name in _WRAPPERS:
        return _parts(vendor_type)[0]
    if name in _COLLECTIONS:
        return _COLLECTIONS[name](*_parts(vendor_type))
    return NATIVE.get(name) or (TEXT if name == "varchar" else _custom(name, vendor_type))


def _parts(vendor_type: Any) -> tuple[CqlType, ...]:
    return tuple(freeze(cql_type_of(part)) for part in vendor_type.subtypes)


_WRAPPERS: Final = frozenset({"frozen", "org.apache.cassandra.db.marshal.ReversedType"})
"""Wrappers that the server puts around a type if it names it by its Java classes: in a vector, or for a descending
column in a comparison of tuples, ``(a, b) > ?``."""

_COLLECTIONS: Final[dict[str, Callable[..., CqlType]]] = {"list": List, "set": Set, "map": Map}
_VERSION: Final = int(ProtocolVersion.V4)
"""The protocol version for the vendor's codecs; from version 3 on, all encode values the same way."""


def _custom(name: str, vendor_type: Any) -> Custom:
    def encode(value: Any) -> bytes:
        try:
            return vendor_type.serialize(value, _VERSION)  # type: ignore[no-any-return]
        except Exception:  # noqa: BLE001 - the vendor's serialisers raise what they like
            raise TypeError(f"a value of {name} is wanted, not {type(value).__name__}") from None

    def decode(data: bytes) -> Any:
        return vendor_type.deserialize(data, _VERSION)

    return Custom(name, encode, decode)
