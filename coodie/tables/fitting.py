"""The marker that would make the column of a model fit the table, so that the table need not change."""

from __future__ import annotations

from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Udt, Vector, freeze, is_collection, parts_of


def fitting_marker(wanted: CqlType, found: CqlType) -> str | None:
    """What to do in the model, as in ``mark the field with Int()``; None if no marker helps."""
    if isinstance(wanted, Native) and isinstance(found, Native):
        return _native(wanted.name, found.name, "the field")
    if (is_collection(wanted) or isinstance(wanted, Udt)) and freeze(wanted) == freeze(found):
        return "mark the field with Frozen()" if str(found).startswith("frozen<") else "mark it with Frozen(False)"
    alike = type(wanted) is type(found) and isinstance(wanted, (List, Set, Map, Vector))
    differing = [pair for pair in zip(parts_of(wanted), parts_of(found), strict=False) if pair[0] != pair[1]]
    if not alike or len(differing) != 1:
        return None
    one, other = differing[0]
    same_around = str(wanted).replace(str(one), str(other)) == str(found)
    if same_around and isinstance(one, Native) and isinstance(other, Native):
        return _native(one.name, other.name, "what is in it")
    return None


def _native(wanted: str, found: str, what: str) -> str | None:
    has, needs = NATIVES[wanted], NATIVES[found]
    # A field that takes a marker has the base without it.
    base = wanted if has.plain else has.base
    if base == found and needs.marker is None:
        return f"leave {has.marker}() out"
    return f"mark {what} with {needs.marker}()" if needs.base == base else None
