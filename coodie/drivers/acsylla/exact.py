"""Selects as bytes what the vendor cannot read exactly, so that coodie's own codecs decode it.

The vendor loses the scale of a decimal, milliseconds of a timestamp before 1697 and after 2242, nanoseconds of a time,
and dates beyond the year 9999. A column of these types is therefore selected as ``decimalasblob(price) AS price``.
Inside collections and user-defined types there is no such function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from coodie.cql.codecs.codec import Decoder
from coodie.cql.decode import decoder_of
from coodie.cql.nodes import Call, FieldOf, Ref, Select, Selector
from coodie.cql.rendering.terms import render_term
from coodie.cql.types import CqlType, Native

_INEXACT: Final = frozenset(map(Native, ("date", "decimal", "time", "timestamp")))
_AGGREGATES: Final = frozenset(("avg", "max", "min", "sum"))


@dataclass(frozen=True, slots=True)
class AsBlob:
    """The type of a column that is selected as bytes, which are those of a value of ``type``."""

    type: CqlType

    @property
    def decode(self) -> Decoder:
        """The decoder of such bytes; none at all, which old data may have, are null."""
        read = decoder_of(self.type)
        return lambda data: read(data) if data else None


def exactly(node: Select, types: tuple[CqlType, ...]) -> tuple[Select, tuple[CqlType | AsBlob, ...]]:
    """The query that selects as bytes what would not be exact otherwise, and the types of its columns.

    Both are unchanged if there is nothing to do, and for a DISTINCT, which takes no functions.
    """
    if node.json or node.distinct:
        return node, types
    pairs = [_exactly(each, kind) for each, kind in zip(node.selectors, types, strict=True)]
    if all(isinstance(kind, CqlType) for _, kind in pairs):
        return node, types
    return replace(node, selectors=tuple(each for each, _ in pairs)), tuple(kind for _, kind in pairs)


def _exactly(selector: Selector, kind: CqlType) -> tuple[Selector, CqlType | AsBlob]:
    if kind not in _INEXACT:
        return selector, kind
    match selector.term:
        case Ref() | FieldOf() as term:
            name = render_term(term, [], "") if isinstance(term, FieldOf) else term.column
        case Call(function, (Ref(column),), None) as term if function in _AGGREGATES:
            name = f"system.{function}({column})"  # as the server names a column without an alias
        case _:
            return selector, kind
    return Selector(Call(f"{kind}asblob", (term,)), selector.alias or name), AsBlob(kind)
