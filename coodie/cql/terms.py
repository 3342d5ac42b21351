"""What may stand in an expression: columns and their parts, bind marks, functions, and what only users write.

coodie itself binds every value, so its own statements hold no `Literal`; a text of the user's may. No node holds a
Python value: a literal is kept as its text, so that ``1``, ``1.0`` and ``true`` are three nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias
from typing import Literal as OneOf

from coodie.cql.types import CqlType


@dataclass(frozen=True, slots=True)
class Bind:
    """A ``?``, or a ``:name``. What a ``?`` is called follows from where it stands, as on the server."""

    name: str | None = None


BIND: Final = Bind()


@dataclass(frozen=True, slots=True)
class Ref:
    """A column."""

    column: str


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a collection: ``attrs[?]``; with a `Range` several of them, which only a SELECT may name."""

    column: str
    key: Term = BIND


@dataclass(frozen=True, slots=True)
class FieldOf:
    """One field of a user-defined type: ``address.zip``."""

    column: str
    field: str


@dataclass(frozen=True, slots=True)
class NestedElement:
    """An element, or by a name a field, of what is no plain column: ``homes[?].zip``. In a SELECT list only."""

    of: Term
    step: Term | str


@dataclass(frozen=True, slots=True)
class Range:
    """``first..last`` inside brackets, either end open; the two sides of a BETWEEN."""

    first: Term | None = None
    last: Term | None = None


@dataclass(frozen=True, slots=True)
class TokenCall:
    """``token(a, b)``: where on the ring a partition key lies; an argument is a column or a bind."""

    arguments: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function: ``count(*)``, ``writetime(name)``, ``max(score)``, one of the user's ``shop.vat(price)``."""

    function: str
    arguments: tuple[Term, ...]
    keyspace: str | None = None


@dataclass(frozen=True, slots=True)
class Star:
    """The ``*`` of ``count(*)`` and of ``SELECT *``."""


LiteralKind: TypeAlias = OneOf["string", "integer", "float", "boolean", "null", "uuid", "blob", "duration"]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written into the text. ``text`` is what a string says, and for any other kind its normal form.

    ``written`` is that other kind as it stands there; two that differ in that alone are equal.
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
    """``[1, 2]`` a list or vector, ``{1, 2}`` a set (and each empty ``{}``), ``(1, 2)`` a tuple or what IN takes."""

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
    """``CAST(term AS type)``, which makes a value of another type."""

    term: Term
    type: CqlType


@dataclass(frozen=True, slots=True)
class Hint:
    """``(type) term``, which says what type a term has."""

    type: CqlType
    term: Term


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right``; the operator is one of ``+ - * / %``."""

    left: Term
    operator: str
    right: Term


@dataclass(frozen=True, slots=True)
class Negative:
    """``-term``; a negative number is a `Literal` by itself."""

    term: Term


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
