"""The terms of expressions: columns and their parts, bind marks, functions, literals.

coodie itself binds every value, so only texts that users write have a `Literal`. No node holds a Python value: a
literal is kept as its text, so that ``1``, ``1.0`` and ``true`` are three different nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias
from typing import Literal as OneOf

from coodie.cql.types import CqlType


@dataclass(frozen=True, slots=True)
class Bind:
    """A ``?`` or a ``:name``. As on the server, the name of a ``?`` follows from its position."""

    name: str | None = None


BIND: Final = Bind()


@dataclass(frozen=True, slots=True)
class Ref:
    """A column."""

    column: str


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a collection, ``attrs[?]``; with a `Range` several of them, which only SELECT allows."""

    column: str
    key: Term = BIND


@dataclass(frozen=True, slots=True)
class FieldOf:
    """One field of a user-defined type: ``address.zip``."""

    column: str
    field: str


@dataclass(frozen=True, slots=True)
class NestedElement:
    """An element or field of a term that is not a plain column, as in ``homes[?].zip``; in a SELECT list only."""

    of: Term
    step: Term | str


@dataclass(frozen=True, slots=True)
class Range:
    """``first..last`` inside brackets, where either end may be open; also the two bounds of a BETWEEN."""

    first: Term | None = None
    last: Term | None = None


@dataclass(frozen=True, slots=True)
class TokenCall:
    """``token(a, b)``: the token of a partition key; each argument is a column or a bind mark."""

    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function call: ``count(*)``, ``writetime(name)``, ``max(score)``, or a user's function, ``shop.vat(price)``."""

    function: str
    arguments: tuple[Term, ...]
    keyspace: str | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """The ``*`` of ``count(*)`` and of ``SELECT *``."""


LiteralKind: TypeAlias = OneOf["string", "integer", "float", "boolean", "null", "uuid", "blob", "duration"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written into the text. ``text`` is the content of a string, and the normal form of any other kind.

    ``written`` is that other kind as it stands in the text; two literals that differ in that alone are equal.
    """

    kind: LiteralKind
    text: str
    written: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """Its text as it was written."""
        return self.written or self.text


NULL: Final = Literal("null", "null")


@dataclass(frozen=True, slots=True)
class Items:
    """A list or vector ``[1, 2]``, a set ``{1, 2}`` (and every empty ``{}``), or a tuple or IN list ``(1, 2)``."""

    opening: OneOf["[", "{", "("]
    items: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Entries:
    """A map: ``{1: 'a'}``; never empty."""

    entries: tuple[tuple[Term, Term], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A user-defined type: ``{street: 'High', zip: '1'}``; never empty."""

    fields: tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """``CAST(term AS type)``, which converts a value to another type.

    ``written`` is the type as it stands in the text, if that differs; casts that differ in that alone are equal.
    """

    term: Term
    type: CqlType
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Hint:
    """``(type) term``, which states the type of a term.

    ``written`` is the type as it stands in the text, if that differs; hints that differ in that alone are equal.
    """

    type: CqlType
    term: Term
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right``; the operator is one of ``+ - * / %``.

    ``parentheses`` is how many stand around each operand in the text; operations that differ in that alone are equal.
    """

    left: Term
    operator: str
    right: Term
    parentheses: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """``-term``; a negative number is not one of these, but a `Literal`.

    ``parentheses`` is how many stand around the term in the text; those that differ in that alone are equal.
    """

    term: Term
    parentheses: int = field(default=0, compare=False)


Term: TypeAlias = (
    Bind
    | Ref
    | Element
    | FieldOf
    | NestedElement
    | Range
    | TokenCall
    | Call
    | Star
    | Literal
    | Items
    | Entries
    | Fields
    | Cast
    | Hint
    | Arithmetic
    | Negative
)
