"""What the vendor cannot do, each by its name, refused before anything is sent."""

from __future__ import annotations

from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector, parts_of
from coodie.drivers.acsylla.vendor import VERSION
from coodie.drivers.errors import NotSupportedByDriver


def unsupported(feature: str, cql: str) -> NotSupportedByDriver:
    """The error for a text that needs what the vendor cannot do."""
    return NotSupportedByDriver("acsylla", feature, cql)


def unreadable(cql_type: CqlType) -> str | None:
    """Why values of a type cannot be read; None if they can."""
    if cql_type == Native("decimal"):
        return f"acsylla {VERSION} gives the digits of a decimal without their scale"
    if isinstance(cql_type, Vector):
        return None  # comes as bytes, so that coodie decodes all that is inside
    key = cql_type.element if isinstance(cql_type, Set) else cql_type.key if isinstance(cql_type, Map) else None
    if key is not None and not hashable(key):
        return f"acsylla {VERSION} cannot put a {key} into a set or a key of a map"
    return next((why for part in parts_of(cql_type) if (why := unreadable(part)) is not None), None)


def hashable(cql_type: CqlType) -> bool:
    """Whether the vendor's values of a type can be elements of a set and keys of a map."""
    if isinstance(cql_type, Tuple):
        return all(map(hashable, cql_type.elements))
    return not isinstance(cql_type, (List, Set, Map, Udt))
