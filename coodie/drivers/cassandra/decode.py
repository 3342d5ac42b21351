"""The bytes of the wire to Python values, as types that the vendor's own row parser uses.

The vendor parses rows in Cython and asks each column's type to decode its cell. So the values come out right at
once, with no second pass over the rows, when the types are coodie's: a type whose vendor's values are those of the
border (``coodie.cql.values``) stays as it is, decoded in Cython; any other is replaced, nested ones included.

A value that Python cannot hold becomes an `Unreadable`, in its place in the row: what the row is read for says whether
it matters. In the vendor's hands it would close the connection, with all that is under way on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from coodie.cql.decode import decoder_of
from coodie.cql.natives import NATIVES
from coodie.cql.types import Custom, List, Native, Tuple
from coodie.drivers.cassandra.vendor import CassandraType, ListType, TupleType
from coodie.drivers.cassandra.vendor_types import cql_type_of

_THE_VENDORS: Final = frozenset(
    "ascii bigint blob boolean counter double float int smallint text tinyint".split(),
)
"""Native types whose values are the vendor's, too, and are decoded in Cython."""


def own_type(vendor_type: Any) -> Any:
    """The type that decodes to the values of the border: the vendor's own where those are the same."""
    cql_type = cql_type_of(vendor_type)
    if isinstance(cql_type, Native):
        return _OWN_NATIVES.get(cql_type.name, vendor_type)
    if isinstance(cql_type, Custom):
        return vendor_type
    parts = cql_type.elements if isinstance(cql_type, Tuple) else ()
    parts = (cql_type.element,) if isinstance(cql_type, List) else parts
    if parts and all(isinstance(part, (Native, Custom)) for part in parts):
        # Cython reads the frame, coodie's types or the vendor's read the elements
        frame = ListType if isinstance(cql_type, List) else TupleType
        return frame.apply_parameters(tuple(map(own_type, vendor_type.subtypes)))
    decode = decoder_of(cql_type)

    def deserialize(data: bytes, _: int) -> Any:
        return decode(data)

    return _type(str(cql_type), deserialize)


def _type(name: str, deserialize: Callable[..., Any]) -> Any:
    # a name with an underscore keeps the vendor's registry of types, and its table of Cython decoders, out of it
    members = {"deserialize": staticmethod(deserialize), "typename": name}
    return type(CassandraType)("_Coodie", (CassandraType,), members)


_OWN_NATIVES: Final = {name: _type(name, row.codec.decode) for name, row in NATIVES.items() if name not in _THE_VENDORS}
