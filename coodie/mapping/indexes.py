"""From the markers on a field to the indexes of its column, and what is wrong with one that the server would refuse."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from math import hypot
from typing import Any, Final, get_args

from coodie import fields as markers
from coodie.cql.names import check_name
from coodie.cql.render_ddl import index_class
from coodie.cql.types import COUNTER, NATIVE, CqlType, List, Map, Tuple, Udt, Vector, is_collection
from coodie.exceptions import InvalidQueryError
from coodie.mapping.annotations import Annotation
from coodie.mapping.codecs import Codec
from coodie.mapping.validation import Unfit
from coodie.tables.indexes import target_of
from coodie.tables.table import Column, Index


def column_indexes(column: Column, annotation: Annotation) -> Iterator[Index]:
    """The indexes that the markers of one field ask for. Raises `InvalidQueryError` for one that cannot be."""
    for marker in annotation.markers:
        if isinstance(marker, markers.Indexed):
            yield _checked(column, _index(column, marker))
        elif isinstance(marker, markers.VectorIndex):
            yield _checked(column, _vector_index(column, marker))


def _index(column: Column, marker: markers.Indexed) -> Index:
    options = tuple((marker.options or {}).items())
    if options and marker.using is None:
        raise InvalidQueryError("only an index of a class has options; say which, as in Indexed(using='sai', ...)")
    return Index(column.name, marker.index_name, marker.target, marker.using, options)


def _vector_index(column: Column, marker: markers.VectorIndex) -> Index:
    if not isinstance(column.type, Vector):
        raise InvalidQueryError(f"VectorIndex() is for vectors, not for {column.type}; write Vector(dimensions) too")
    known = get_args(markers.Similarity)
    if marker.similarity_function not in known:
        raise InvalidQueryError(f"{marker.similarity_function!r} is no similarity function; known: {', '.join(known)}")
    if column.type.dimension == 1 and marker.similarity_function == "COSINE":
        raise InvalidQueryError("COSINE compares no vectors of one dimension; use EUCLIDEAN or DOT_PRODUCT")
    options = (("similarity_function", marker.similarity_function),)
    return Index(column.name, marker.index_name, None, "sai", options)


def searchable(codec: Codec, annotation: Annotation) -> Codec:
    """The codec, which for a vector with an index refuses what such an index cannot hold.

    No server refuses it: a replica fails, so the write is reported as one that may have happened, and a condition on
    that partition never succeeds again.
    """
    similarity = next((found for marker in annotation.markers if (found := _similarity(marker))), None)
    if similarity is None or not isinstance(codec.type, Vector):
        return codec
    encode, cosine = codec.encode, similarity.upper() == "COSINE"

    def encoded(value: Any) -> Any:
        vector = value if encode is None else encode(value)
        try:
            # Far from both ends the length alone tells, in a twentieth of the time.
            if not _SURE < hypot(*vector) < _MOST:
                _check_numbers(array("f", vector), cosine=cosine)  # as the server has them: 1e-46 is zero there
        except OverflowError:
            raise Unfit(_BOUNDS) from None
        return vector

    return Codec(codec.type, encoded, codec.decode)


def _check_numbers(numbers: array[float], *, cosine: bool) -> None:
    if not all(abs(number) <= _MOST for number in numbers):
        raise Unfit(_BOUNDS)
    if cosine and not any(numbers):
        raise Unfit("COSINE compares directions, and a vector of zeros has none; leave it out, or set it to None")


_MOST: Final = 99999998430674944.0
"""1e17 in 32 bits: the server's own limit for the parts of a vector that it indexes."""
_SURE: Final = 1e-30
_BOUNDS: Final = "a vector with an index holds numbers from -1e17 to 1e17, neither NaN nor infinity"


def _similarity(marker: markers.Marker) -> str | None:
    match marker:
        case markers.VectorIndex(similarity_function=str(similarity)):
            return similarity
        case markers.Indexed(using=str(using), options=options) if index_class(using) == "sai":
            return str((options or {}).get("similarity_function", "COSINE"))
        case _:
            return None


def _checked(column: Column, index: Index) -> Index:
    if index.name is not None:
        check_name(index.name, "index")
    if index_class(index.using) == "sai":
        # It makes files called after its column, so a name that only quoting allows will not do.
        check_name(column.name, "column with a storage-attached index")
    if column.type == COUNTER:
        raise InvalidQueryError("a counter cannot have an index")
    if _holds_durations(column.type):
        raise InvalidQueryError(f"{column.type} cannot have an index, since there are durations in it")
    if index.target is not None and index.target not in _targets(column):
        fitting = " or ".join(map(repr, _targets(column))) or "none"
        raise InvalidQueryError(f"target={index.target!r} does not fit {column.type}; {fitting} does")
    return index


def _holds_durations(cql_type: CqlType) -> bool:
    """Whether the server finds a duration in it: it looks at neither sets nor the keys of maps."""
    match cql_type:
        case List(element) | Vector(element) | Map(_, element):
            return _holds_durations(element)
        case Tuple(elements):
            return any(map(_holds_durations, elements))
        case Udt(_, fields):
            return any(_holds_durations(field) for _, field in fields)
        case _:
            return cql_type == NATIVE["duration"]


def _targets(column: Column) -> tuple[str, ...]:
    """The parts of a column that can be indexed, where it has any."""
    usual = target_of(Index(column.name), column.type)
    if not is_collection(column.type) or usual != "values":
        return (usual,) if usual else ()
    return ("keys", "values", "entries") if str(column.type).startswith("map<") else ("values",)
