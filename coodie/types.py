"""Types for annotations, beyond Python's own, and the CQL type of an annotation."""

from __future__ import annotations

from typing import Any

from coodie.cql.types import CqlType
from coodie.cql.values import Duration as CqlDuration
from coodie.cql.values import Token, Unreadable
from coodie.exceptions import InvalidQueryError, ModelError
from coodie.mapping.codecs import NaiveDatetime, UnknownType, codec_of

__all__ = ["CqlDuration", "CqlType", "NaiveDatetime", "Token", "Unreadable", "cql_type_of"]


def cql_type_of(annotation: Any) -> CqlType:
    """The CQL type that a field with this annotation has; its ``str()`` is CQL.

    ``str(cql_type_of(dict[str, list[int]]))`` is ``map<text, frozen<list<bigint>>>``. Raises `ModelError` if there is
    none.
    """
    try:
        return codec_of(annotation).type
    except (UnknownType, InvalidQueryError) as error:
        raise ModelError(str(error)) from None
