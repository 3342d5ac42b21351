"""Types as they were written: the server refuses some that would mean something if a ``frozen`` were thought of.

`parse` freezes what stands inside other types by itself, so their text is looked at once more.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf
from typing import Final

from coodie.cql.lexer import LexToken, tokens
from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector
from coodie.testing.memory.errors import schema as errors
from coodie.testing.memory.errors.terms import BEYOND_DOUBLE

_COLLECTIONS: Final = frozenset({"list", "set", "map"})
_OF_CQL: Final = frozenset({*NATIVE, "varchar"})


@dataclass(frozen=True, slots=True)
class WrittenType:
    """One type: its name, those between its brackets, and whether ``frozen`` stands around it."""

    name: str
    inside: tuple[WrittenType, ...] = ()
    keyspace: str | None = None
    frozen: bool = False
    quoted: bool = False

    @property
    def is_collection(self) -> bool:
        """Whether it is a list, a set or a map."""
        return self.name in _COLLECTIONS and bool(self.inside)

    @property
    def is_user_defined(self) -> bool:
        """Whether it is a name that only a keyspace can explain."""
        return self.quoted or not (self.inside or self.name in _OF_CQL or self.name[0] in "'0123456789")

    def __str__(self) -> str:
        """As the server repeats it."""
        name = f"{self.keyspace}.{self.name}" if self.keyspace else self.name
        text = f"{name}<{', '.join(map(str, self.inside))}>" if self.inside else name
        return f"frozen<{text}>" if self.frozen else text

    def full(self, keyspace: str | None, frozen: bool = False) -> str:
        """As the server prints it: ``frozen`` where it takes effect, and the keyspace once it is known."""
        frozen = frozen or self.frozen
        if self.is_user_defined:
            within = self.keyspace or keyspace
            name = f"{within}.{self.name}" if within else self.name
            return f"frozen<{name}>" if frozen else name
        if not self.inside:
            return self.name
        parts = ", ".join(each.full(keyspace, frozen or self.name == "tuple") for each in self.inside)
        text = f"{self.name}<{parts}>"
        return f"frozen<{text}>" if frozen and self.is_collection else text

    def check(self, keyspace: str | None, types: Container[str], frozen: bool = False) -> None:
        """Refuse what must not stand inside another type, and what is no type of this keyspace, which has these."""
        frozen = frozen or self.frozen
        if self.is_user_defined:
            if self.keyspace not in (None, keyspace):
                raise errors.OTHER_KEYSPACE(keyspace, self.keyspace)
            if self.name not in types:
                raise errors.UNKNOWN_TYPE(keyspace, self.name)
        if self.is_collection:
            _check_collection(self, frozen)
        for each in self.inside:
            if self.name == "tuple" and each.name == "counter":
                raise errors.COUNTER_IN_TUPLE()
            each.check(keyspace, types, frozen or self.name == "tuple")
        if self.name == "vector" and self.inside and int(self.inside[1].name) == 0:
            raise errors.NO_DIMENSION(0)


def _check_collection(kind: WrittenType, frozen: bool) -> None:
    """Values come before keys."""
    for each in reversed(kind.inside):
        is_key = kind.name == "map" and each is kind.inside[0]
        if each.name == "counter":
            raise errors.COUNTER_INSIDE(kind.full(None, frozen))
        if each.name == "duration" and kind.name == "set":
            raise errors.DURATION_IN_SET(kind.full(None, frozen))
        if each.name == "duration" and is_key:
            raise errors.DURATION_AS_KEY(kind.full(None, frozen))
        if frozen or each.frozen:
            continue
        if each.is_collection:
            raise errors.NESTED_COLLECTION(kind.full(None))
        if each.is_user_defined:
            raise errors.NESTED_UDT(kind.full(None))


def types_in(text: str) -> Iterator[WrittenType]:
    """The types in CREATE TABLE, ALTER TABLE and their like that have brackets or name a keyspace."""
    found = tokens(text)
    at = 5 if found[2].keyword == "IF" and found[3].keyword == "NOT" else 4 if found[2].keyword == "IF" else 2
    at += 3 if found[at + 1].text == "." else 1  # after the name of what is made
    while at < len(found) - 1:
        if found[at + 1].text in ("<", "."):
            kind, at = _read(found, at)
            yield kind
        else:
            at += 1


def known_type(cql_type: CqlType, keyspace: str | None, types: Mapping[str, Udt]) -> CqlType:
    """A type with the fields of its user-defined types, which are those of a keyspace. Raises `CqlError` for others."""

    def known(part: CqlType) -> CqlType:
        return known_type(part, keyspace, types)

    match cql_type:
        case List(element) | Set(element) | Vector(element):
            return replace(cql_type, element=known(element))
        case Map(key, value):
            return replace(cql_type, key=known(key), value=known(value))
        case Tuple(elements):
            return Tuple(tuple(map(known, elements)))
        case Udt(name, _, frozen):
            if name not in types:
                raise errors.UNKNOWN_TYPE(keyspace, name)
            return Udt(name, types[name].fields, frozen)
        case _:
            return cql_type


def check_parsed(text: str) -> None:
    """Refuse what a server's parser refuses before it looks at anything else: numbers beyond its doubles, and frozen
    types that are no collections.
    """
    found = tokens(text)
    for at, token in enumerate(found):
        if token.kind == "float" and _beyond(token.text):
            raise BEYOND_DOUBLE(token.text)
        if token.keyword == "FROZEN" and _text(found, at + 1) == "<":
            _read(found, at)


def _beyond(text: str) -> bool:
    """Whether a number is too large for a double of Java's, or has too many digits after the point."""
    digits, _, exponent = text.lower().partition("e")
    if len(exponent.lstrip("+-0")) > _EXPONENT_DIGITS:
        return True
    scale = len(digits.partition(".")[2]) - int(exponent or 0)
    return scale > _MOST_DIGITS or isinf(float(text))


_EXPONENT_DIGITS: Final = 10
_MOST_DIGITS: Final = 2**31 - 1


def written_type(text: str) -> WrittenType:
    """A type that stands in a statement."""
    return _read(tokens(text), 0)[0]


def _read(found: Sequence[LexToken], at: int) -> tuple[WrittenType, int]:
    """The type that begins there, and where it ends."""
    keyspace = None
    if _text(found, at + 1) == ".":
        keyspace, at = found[at].identifier, at + 2
    token = found[at]
    inside: list[WrittenType] = []
    end = at + 1
    if _text(found, end) == "<":
        while _text(found, end) in ("<", ","):
            each, end = _read(found, end + 1)
            inside.append(each)
        end += 1
    if inside and token.keyword == "FROZEN":
        if inside[0].name in NATIVE or inside[0].name == "varchar":
            raise errors.FROZEN_NATIVE(inside[0])
        return replace(inside[0], frozen=True), end
    name = str(int(token.text)) if token.kind == "integer" else token.identifier or token.text
    return WrittenType(name, tuple(inside), keyspace, quoted=token.kind == "name"), end


def _text(found: Sequence[LexToken], at: int) -> str:
    return found[at].text if at < len(found) else ""
