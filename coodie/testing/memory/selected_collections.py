"""Terms of a SELECT list that are made of others: lists, sets, maps, tuples, user-defined types and vectors."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from coodie.cql.order import sort_key
from coodie.cql.types import DURATION, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze
from coodie.testing.memory.assignment import common_type
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import ErrorText
from coodie.testing.memory.errors.schema import DURATION_IN_SET
from coodie.testing.memory.literal_types import Match
from coodie.testing.memory.packing import pack_fields, pack_list, pack_map, pack_set, pack_vector
from coodie.testing.memory.selectables import Selectable
from coodie.testing.memory.type_names import class_name
from coodie.testing.memory.typed import Run, Typed, Value, given


class SelectedItems(Selectable):
    """A list, set, tuple, map or user-defined type that is made of other terms."""

    def __init__(self, kind: str, parts: list[Selectable], text: str) -> None:
        self._kind, self._parts, self.text = kind, parts, text

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        match self._kind, cql_type:
            case "[", List(element) | Vector(element):
                return _all(self._parts, element)
            case "{", Set(element):
                return _all(self._parts, element)
            case "{", Map() if not self._parts:
                return Match.WEAK
            case "(", Tuple(types) if len(self._parts) <= len(types):
                matches = [part.test(kind) for part, kind in zip(self._parts, types, strict=False)]
                return Match.NOT if Match.NOT in matches else Match.WEAK
            case "(", _ if len(self._parts) == 1:
                return self._parts[0].test(cql_type)
            case "[", _:
                raise errors.LIST_FOR_OTHER(cql_type)
            case _:
                return Match.NOT

    def known(self) -> CqlType | None:
        """Its type, or None if that is uncertain."""
        if self.only() is not None:
            return None  # only what takes it can tell whether it is a tuple
        found = [part.known() for part in self._parts]
        return self._of(found, next(filter(None, found), None))

    def preferred(self) -> CqlType | None:
        """Its type if nothing else determines it."""
        if self.only() is not None:
            return None  # only what takes it can tell whether it is a tuple
        found = [part.preferred() for part in self._parts]
        kind = self._of(found, common_type(found))
        return freeze(kind) if kind is not None else None

    def only(self) -> Selectable | None:
        """The only term inside the brackets, if there is just one."""
        return self._parts[0] if self._kind == "(" and len(self._parts) == 1 else None

    @property
    def size(self) -> int | None:
        """How many elements it has, if it may be a vector."""
        return len(self._parts) if self._kind == "[" else None

    def _of(self, types: list[CqlType | None], first: CqlType | None) -> CqlType | None:
        if self._kind == "(":
            if None in types:
                return None
            return Tuple(tuple(freeze(each) for each in types if each is not None))
        if first is None:
            return None
        return List(first) if self._kind == "[" else Set(first)

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        # a list is looked at by the type that is wanted, others by their own
        kind = (expected or self.known()) if self._kind == "[" else (self.known() or expected)
        if kind is None:
            raise errors.NOT_INFERRED(self.text)
        if self.only() is not None and not isinstance(kind, Tuple):
            return self._parts[0].ready(kind)
        types = self._types(kind)
        parts = [part.ready(each) for part, each in zip(self._parts, types, strict=False)]
        return _made(kind, parts, _packer(kind))

    def _types(self, kind: CqlType) -> Sequence[CqlType]:
        """The types of its parts in a value of a type. Beside others in a list, it may be none of that type."""
        match self._kind, kind:
            case "[", Vector(_, size) if len(self._parts) != size and not any(each.known() for each in self._parts):
                raise errors.VECTOR_SIZE(kind, len(self._parts))  # the server does not count if it knows a type
            case "[", List(element) | Vector(element):
                return [element] * len(self._parts)
            case "[", _:
                raise errors.LIST_FOR_OTHER(kind)
            case "{", Set(element) if element == DURATION:
                raise DURATION_IN_SET(Set(element, frozen=True))
            case "{", Set(element):
                return [element] * len(self._parts)
            case "{", Map() if not self._parts:
                return ()
            case "{", Map():
                raise gaps.SELECTED("a set beside maps")
            case "{", _:
                raise errors.TERM_FOR_OTHER(class_name(kind), "SetType")
            case _, Tuple(types):
                return self._fields(types)
            case _, Udt(_, fields):
                return self._fields([each for _, each in fields])
            case _:
                raise errors.TERM_FOR_OTHER(class_name(kind), "TupleType")

    def _fields(self, types: Sequence[CqlType]) -> Sequence[CqlType]:
        if len(self._parts) > len(types):
            raise errors.NO_SUCH_FIELD(len(types), len(types))
        return types


def _all(parts: Sequence[Selectable], element: CqlType) -> Match:
    if not parts:
        return Match.WEAK
    return max(part.test(element) for part in parts)


def _packer(kind: CqlType) -> Callable[[list[bytes | None]], bytes]:
    match kind:
        case Set(element):
            return lambda values: _set([value or b"" for value in values], element)
        case Vector(element):
            return lambda values: pack_vector([value or b"" for value in values], element)
        case Tuple() | Udt():
            return pack_fields
        case _:
            return pack_list


def _set(values: list[bytes], element: CqlType) -> bytes:
    try:
        return pack_set(values, element)
    except struct.error:  # beside a first one, a server takes values of any type
        raise gaps.SELECTED("a set of values of several types") from None


def _made(kind: CqlType, parts: Sequence[Typed], pack: Callable[[list[bytes | None]], bytes]) -> Typed:
    evaluates = [part.evaluate for part in parts]
    nulls: dict[type[CqlType], ErrorText] = {Set: errors.NULL_IN_SET, Vector: errors.NULL_IN_SELECTED_VECTOR}
    null = nulls.get(type(kind))

    def evaluate(run: Run, row: Any) -> Value:
        values = [given(each(run, row)) for each in evaluates]
        if null is not None and None in values:
            raise null()
        return pack(values)

    return Typed(kind, evaluate, bound=any(part.bound for part in parts))


class SelectedEntries(Selectable):
    """A map, or by its names a user-defined type: only a hint can say of which type it is."""

    def __init__(
        self,
        parts: list[tuple[Selectable | str, Selectable]],
        text: str,
        column: Callable[[str], Selectable],
    ) -> None:
        self._parts, self.text, self._column = parts, text, column

    def _pairs(self) -> list[tuple[Selectable, Selectable]]:
        """As a map: what could be the name of a field is a column then."""
        return [(self._column(key) if isinstance(key, str) else key, part) for key, part in self._parts]

    def test(self, cql_type: CqlType) -> Match:
        """How well it can be assigned to a type."""
        match cql_type:
            case Map(key, value):
                return max(max(each.test(key), part.test(value)) for each, part in self._pairs())
            case Udt(_, fields):
                kinds = dict(fields)
                named = [(kinds[name], part) for name, part in self._parts if isinstance(name, str) and name in kinds]
                return Match.NOT if any(part.test(kind) is Match.NOT for kind, part in named) else Match.WEAK
            case _:
                self._pairs()
                raise errors.TERM_FOR_OTHER(class_name(cql_type), "MapType")

    def ready(self, expected: CqlType | None) -> Typed:
        """The term prepared for evaluation."""
        match expected:
            case Map(key, value):
                pairs = [(each.ready(key), part.ready(value)) for each, part in self._pairs()]
                parts = [part for pair in pairs for part in pair]
                place = sort_key(key)

                def pack(values: list[bytes | None]) -> bytes:
                    keys = [each for each in values[::2] if each is not None]
                    if 2 * len(keys) < len(values):
                        raise errors.NULL_IN_SET()
                    if len({*map(place, keys)}) < len(keys):
                        raise gaps.EQUAL_KEYS()
                    return pack_map(zip(keys, values[1::2], strict=True), key)

                return _made(expected, parts, pack)
            case Udt(name, fields):
                return self._udt(expected, name, dict(fields))
            case None:
                raise errors.NOT_INFERRED(self.text)
            case _:
                raise errors.TERM_FOR_OTHER(class_name(expected), "MapType")

    def _udt(self, kind: Udt, name: str, fields: dict[str, CqlType]) -> Typed:
        wrong = next((key for key, _ in self._parts if not isinstance(key, str)), None)
        if wrong is not None:
            raise errors.NO_FIELD_NAME(wrong.text, name)
        given_parts = {str(key): part for key, part in self._parts}
        unknown = next((key for key in given_parts if key not in fields), None)
        if unknown is not None:
            raise errors.UNKNOWN_FIELD(unknown, name)
        parts = [
            given_parts[key].ready(each) if key in given_parts else Typed(each, lambda run, row: None)
            for key, each in fields.items()
        ]
        return _made(kind, parts, pack_fields)
