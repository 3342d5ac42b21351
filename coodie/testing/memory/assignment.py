"""Which types can be assigned to which without a cast."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from coodie.cql.frames import fixed_size
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, is_collection
from coodie.testing.memory.literal_types import Match

_TAKES: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"ascii"}),
    "bigint": frozenset({"timestamp"}),
    "time": frozenset({"bigint"}),
    "timestamp": frozenset({"bigint"}),
    "varint": frozenset({"int", "bigint", "timestamp"}),
    "date": frozenset({"int"}),
    "uuid": frozenset({"timeuuid"}),
}
_SAME_ORDER: Final = {("text", "ascii"), ("blob", "ascii"), ("blob", "text")}


def assigned(source: CqlType, receiver: CqlType) -> Match:
    """How well a value of one type can be assigned to a receiver of another."""
    if source == receiver:
        return Match.EXACT
    return Match.WEAK if takes_values(receiver, source) else Match.NOT


def takes_values(receiver: CqlType, source: CqlType) -> bool:
    """Whether the bytes of one type can be read as another."""
    match receiver, source:
        case Native("blob"), _:
            return True
        case Native(name), Native(other):
            return name == other or other in _TAKES.get(name, ())
        case List(element, frozen), List(other, same) if frozen == same:
            return _in_collection(element, other, frozen)
        case Set(element, frozen), Set(other, same) if frozen == same:
            return _in_order(element, other)
        case Map(key, value, frozen), Map(other, item, same) if frozen == same:
            return _in_order(key, other) and _in_collection(value, item, frozen)
        case Tuple(types), Tuple(others) if len(others) <= len(types):
            return all(takes_values(each, other) for each, other in zip(types, others, strict=False))
        case Udt(), Udt():
            return receiver == source
        case _:
            return receiver == source


def common_type(types: Iterable[CqlType | None]) -> CqlType | None:
    """The first of these types that accepts the values of all that are known."""
    known = [each for each in types if each is not None]
    return next((each for each in known if all(takes_values(each, other) for other in known)), None)


def _in_collection(receiver: CqlType, source: CqlType, frozen: bool) -> bool:
    """Whether the values of a collection can be read as another type: as cells, if both are of the same size."""
    cells = fixed_size(receiver) == fixed_size(source) and is_collection(receiver) == is_collection(source)
    return takes_values(receiver, source) and (frozen or cells)


def _in_order(receiver: CqlType, source: CqlType) -> bool:
    """Whether one type also sorts like another."""
    return receiver == source or (str(receiver), str(source)) in _SAME_ORDER
