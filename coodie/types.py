"""Types for annotations that Python lacks, and the CQL type of an annotation."""

from __future__ import annotations

from typing import Any, Final

from coodie._errors import InvalidQueryError, ModelError
from coodie._words import a_type
from coodie.cql.types import CqlType
from coodie.cql.values import Duration as CqlDuration
from coodie.cql.values import Token, Unreadable
from coodie.mapping.codecs import UnknownType, codec_of
from coodie.mapping.natives import NaiveDatetime

__all__ = ["CqlDuration", "CqlType", "NaiveDatetime", "Token", "Unreadable", "cql_type_of"]

_TYPING: Final = ("typing", "typing_extensions", "types")
"""The modules whose classes are forms of annotations rather than types."""


def cql_type_of(annotation: Any) -> CqlType:
    """The CQL type of a field with this annotation; ``str()`` of it is CQL.

    ``str(cql_type_of(dict[str, list[int]]))`` is ``map<text, frozen<list<bigint>>>``. Raises `ModelError` if there is
    none.
    """
    if not isinstance(annotation, type) and type(annotation).__module__ not in _TYPING:
        raise ModelError(f"{a_type(annotation)} has no CQL type; give an annotation, as in list[int]")
    try:
        return codec_of(annotation).type
    except (UnknownType, InvalidQueryError) as error:
        raise ModelError(str(error)) from None
