"""CQL types as a tree: printing them, and parsing them from the text of ``system_schema`` and of users.

``natives.py`` and ``values.py`` list the Python values of each type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from coodie._errors import InvalidQueryError
from coodie.cql.names import check_name, quote
from coodie.cql.natives import NATIVES


class CqlType:
    """A CQL type; ``str()`` gives its CQL. Compared by structure."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Native(CqlType):
    """A type without parameters, such as ``text``."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class List(CqlType):
    """``list<element>``."""

    element: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"list<{nested(self.element)}>", self.frozen)


@dataclass(frozen=True, slots=True)
class Set(CqlType):
    """``set<element>``."""

    element: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"set<{nested(self.element)}>", self.frozen)


@dataclass(frozen=True, slots=True)
class Map(CqlType):
    """``map<key, value>``."""

    key: CqlType
    value: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"map<{nested(self.key)}, {nested(self.value)}>", self.frozen)


@dataclass(frozen=True, slots=True)
class Tuple(CqlType):
    """``frozen<tuple<...>>``: a tuple is always frozen, and is always written that way."""

    elements: tuple[CqlType, ...]

    def __str__(self) -> str:
        return _frozen(f"tuple<{', '.join(nested(element) for element in self.elements)}>", True)


@dataclass(frozen=True, slots=True)
class Udt(CqlType):
    """A user-defined type. Two are equal if their names are; the fields say what a value must contain."""

    name: str
    fields: tuple[tuple[str, CqlType], ...] = field(default=(), compare=False)
    frozen: bool = True

    def __str__(self) -> str:
        # An unquoted name that is also a native type would be read as that type.
        name = f'"{self.name}"' if self.name in _OWN_NAMES else quote(check_name(self.name, "type"))
        return _frozen(name, self.frozen)


@dataclass(frozen=True, slots=True)
class Vector(CqlType):
    """``vector<element, dimension>``: exactly ``dimension`` elements, none of them null."""

    element: CqlType
    dimension: int

    def __str__(self) -> str:
        return f"vector<{nested(self.element)}, {self.dimension}>"


@dataclass(frozen=True, slots=True)
class Custom(CqlType):
    """A type that only a driver knows, such as those of DataStax, which CQL names by a Java class of the server.

    ``encode`` and ``decode`` are the codec of the driver.
    """

    name: str
    encode: Callable[[Any], bytes] = field(compare=False)
    decode: Callable[[bytes], Any] = field(compare=False)

    def __str__(self) -> str:
        return self.name


NATIVE: Final[dict[str, CqlType]] = {name: Native(name) for name in NATIVES}

_OWN_NAMES: Final = {*NATIVES, "varchar", "frozen", "list", "set", "map", "tuple", "vector"}

TEXT, BIGINT, INT, DOUBLE = NATIVE["text"], NATIVE["bigint"], NATIVE["int"], NATIVE["double"]
COUNTER, TIMESTAMP, UUID_TYPE = NATIVE["counter"], NATIVE["timestamp"], NATIVE["uuid"]
DURATION, TIMEUUID = NATIVE["duration"], NATIVE["timeuuid"]


def freeze(cql_type: CqlType) -> CqlType:
    """The frozen form of a collection or user-defined type; any other type unchanged."""
    match cql_type:
        case List(element, False):
            return List(element, True)
        case Set(element, False):
            return Set(element, True)
        case Map(key, value, False):
            return Map(key, value, True)
        case Udt(name, fields, False):
            return Udt(name, fields, True)
        case _:
            return cql_type


def is_collection(cql_type: CqlType) -> bool:
    """Whether the type is a list, set or map, frozen or not."""
    return isinstance(cql_type, (List, Set, Map))


def is_multicell(cql_type: CqlType) -> bool:
    """Whether single elements or fields can be written: a collection or user-defined type that is not frozen."""
    return isinstance(cql_type, (List, Set, Map, Udt)) and not cql_type.frozen


def parts_of(cql_type: CqlType) -> tuple[CqlType, ...]:
    """The types directly inside a type: of its elements, its keys and values, or its fields."""
    match cql_type:
        case List(element) | Set(element) | Vector(element):
            return (element,)
        case Map(key, value):
            return key, value
        case Tuple(elements):
            return elements
        case Udt(_, fields):
            return tuple(field for _, field in fields)
        case _:
            return ()


def holds(cql_type: CqlType, part: CqlType) -> bool:
    """Whether the type is ``part`` or contains it at any depth."""
    return cql_type == part or any(holds(each, part) for each in parts_of(cql_type))


def nested(cql_type: CqlType) -> str:
    """The CQL of a type inside another, where collections and user-defined types are always frozen."""
    return str(freeze(cql_type))


def _frozen(text: str, frozen: bool) -> str:
    return f"frozen<{text}>" if frozen else text


_TOKEN = re.compile(r'\s*([A-Za-z0-9_]+|"(?:[^"]|"")*"|[<>,.])')


MOST_LEVELS = 50
"""The most levels that a type or an expression may be nested."""


def parse_type(text: str, udts: dict[str, Udt] | None = None) -> CqlType:
    """The type that ``text`` describes, such as ``map<text, frozen<list<int>>>``.

    A name that is not a type of CQL is taken for a user-defined type; ``udts`` gives the fields of those. Raises
    `InvalidQueryError`.
    """
    if max(accumulate((char == "<") - (char == ">") for char in text), default=0) > MOST_LEVELS:
        raise InvalidQueryError(f"{text[:40]!r}... is not a CQL type: it is nested more than {MOST_LEVELS} levels deep")
    tokens = _tokens(text)
    parsed = _parse(tokens, text, udts or {})
    if next(tokens, None) is not None:
        raise InvalidQueryError(f"{text!r} is not a CQL type: something follows after its end")
    return parsed


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidQueryError(f"{text!r} is not a CQL type: unexpected character at position {position}")
        yield found.group(1)
        position = found.end()


def _parse(tokens: Iterator[str], text: str, udts: dict[str, Udt]) -> CqlType:
    word = next(tokens, "")
    name = word.lower()
    if name == "varchar":
        return TEXT
    if name in NATIVE:
        return NATIVE[name]
    if name == "frozen":
        return _arguments(tokens, text, udts, 1)[0]
    if name == "list":
        return List(_arguments(tokens, text, udts, 1)[0])
    if name == "set":
        return Set(_arguments(tokens, text, udts, 1)[0])
    if name == "map":
        key, value = _arguments(tokens, text, udts, 2)
        return Map(key, value)
    if name == "tuple":
        return Tuple(tuple(_arguments(tokens, text, udts, None)))
    if name == "vector":
        return _vector(tokens, text, udts)
    if not word or word in "<>,.":
        raise InvalidQueryError(f"{text!r} is not a CQL type: a name is missing")
    plain = word[1:-1].replace('""', '"') if word.startswith('"') else name
    return Udt(plain, udts[plain].fields if plain in udts else (), frozen=False)


def _arguments(tokens: Iterator[str], text: str, udts: dict[str, Udt], count: int | None) -> list[CqlType]:
    _skip(tokens, "<", text)
    found = [freeze(_parse(tokens, text, udts))]
    while (separator := next(tokens, "")) == ",":
        found.append(freeze(_parse(tokens, text, udts)))
    if separator != ">" or (count is not None and len(found) != count):
        raise InvalidQueryError(f"{text!r} is not a CQL type: wrong arguments between < and >")
    return found


def _vector(tokens: Iterator[str], text: str, udts: dict[str, Udt]) -> Vector:
    _skip(tokens, "<", text)
    element = _parse(tokens, text, udts)
    _skip(tokens, ",", text)
    dimension = next(tokens, "")
    if not dimension.isdigit() or len(dimension) > 10 or int(dimension) > _MOST_DIMENSIONS:
        raise InvalidQueryError(f"{text!r} is not a CQL type: a vector needs a number of dimensions")
    _skip(tokens, ">", text)
    return Vector(freeze(element), int(dimension))


_MOST_DIMENSIONS: Final = 2**31 - 1


def _skip(tokens: Iterator[str], wanted: str, text: str) -> None:
    if next(tokens, "") != wanted:
        raise InvalidQueryError(f"{text!r} is not a CQL type: {wanted!r} is missing")
