"""Type classes for the vendor's row parser that decode cells to the values of the driver border.

The vendor parses rows in Cython and calls the type of each column to decode its cells. By replacing the types, coodie
gets its own values without a second pass over the rows. A type whose vendor values are already those of the border
(``coodie.cql.values``) is kept and decoded in Cython; all others are replaced, nested ones included.

A value that Python cannot hold becomes an `Unreadable` in its row, and whoever reads the row decides whether it
matters. The vendor would close the connection instead, and fail all other requests on it.
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
"""Native types for which the vendor's values are those of the border, so that Cython decodes them."""


def own_type(vendor_type: Any) -> Any:
    """The type class that decodes to the values of the border; the vendor's own if its values are the same."""
    own = _OWN_BY_VENDOR.get(vendor_type)
    return _own_type(vendor_type) if own is None else own


def _own_type(vendor_type: Any) -> Any:
    cql_type = cql_type_of(vendor_type)
    if isinstance(cql_type, Native):
        own = _OWN_NATIVES.get(cql_type.name, vendor_type)
        if not vendor_type.subtypes:  # or it is a wrapper, which the vendor makes anew for each answer
            _OWN_BY_VENDOR[vendor_type] = own
        return own
    if isinstance(cql_type, Custom):
        return vendor_type
    parts = cql_type.elements if isinstance(cql_type, Tuple) else ()
    parts = (cql_type.element,) if isinstance(cql_type, List) else parts
    if parts and all(isinstance(part, (Native, Custom)) for part in parts):
        # Cython reads the structure, and the element types, coodie's or the vendor's, decode the elements
        frame = ListType if isinstance(cql_type, List) else TupleType
        return frame.apply_parameters(tuple(map(own_type, vendor_type.subtypes)))
    decode = decoder_of(cql_type)

    def deserialize(data: bytes, _: int) -> Any:
        return decode(data)

    return _type(str(cql_type), deserialize)


def _type(name: str, deserialize: Callable[..., Any]) -> Any:
    # The leading underscore keeps the class out of the vendor's type registry and its table of Cython decoders.
    members = {"deserialize": staticmethod(deserialize), "typename": name}
    return type(CassandraType)("_Coodie", (CassandraType,), members)


_OWN_BY_VENDOR: Final[dict[Any, Any]] = {}
"""What `own_type` gave for the vendor's native types."""

_OWN_NATIVES: Final = {name: _type(name, row.codec.decode) for name, row in NATIVES.items() if name not in _THE_VENDORS}
