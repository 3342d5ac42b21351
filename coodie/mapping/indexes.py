"""Turns the markers of a field into the indexes of its column, and refuses those that the server would refuse."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from difflib import get_close_matches
from math import hypot
from typing import Any, Final

from coodie import fields as markers
from coodie._errors import InvalidQueryError
from coodie.cql.names import check_name
from coodie.cql.rendering.ddl import index_class
from coodie.cql.types import (
    COUNTER,
    DURATION,
    NATIVE,
    TEXT,
    CqlType,
    List,
    Map,
    Set,
    Udt,
    Vector,
    is_collection,
    parts_of,
)
from coodie.mapping.annotations import Annotation
from coodie.mapping.natives import Codec
from coodie.mapping.validation import Unfit
from coodie.tables.indexes import target_of
from coodie.tables.table import Column, Index, Table


def column_indexes(column: Column, annotation: Annotation) -> Iterator[Index]:
    """The indexes that the markers of a field ask for. Raises `InvalidQueryError` for one that is not possible."""
    for marker in annotation.markers:
        if isinstance(marker, markers.Indexed):
            yield _checked(column, _index(column, marker))
        elif isinstance(marker, markers.VectorIndex):
            yield _checked(column, _vector_index(column, marker))


def check_indexes(table: Table) -> None:
    """Raise `InvalidQueryError` for indexes that exclude each other or are not possible with the key of the table."""
    names: set[str] = set()
    does: set[tuple[Any, ...]] = set()
    counters = any(column.type == NATIVE["counter"] for column in table.columns)
    for index in table.indexes:
        if counters:
            raise InvalidQueryError(f"a table of counters has no indexes; leave the one of {index.column} out")
        if table.partition_key == (index.column,):
            raise InvalidQueryError(
                f"{index.column} is the whole partition key, by which rows are found without an index; leave it out"
            )
        if index.name in names:
            raise InvalidQueryError(f"two indexes are called {index.name!r}; rename one of them")
        what = (index.column, target_of(index, table.types[index.column]), index_class(index.using))
        if what in does:
            raise InvalidQueryError(f"two indexes on {index.column} do the same; leave one of them out")
        names |= {index.name} if index.name is not None else set()
        does.add(what)


def _index(column: Column, marker: markers.Indexed) -> Index:
    options = tuple((marker.options or {}).items())
    if options and marker.using is None:
        raise InvalidQueryError("only an index of a class has options; say which, as in Indexed(using='sai', ...)")
    return Index(column.name, marker.index_name, marker.target, marker.using, options)


def _vector_index(column: Column, marker: markers.VectorIndex) -> Index:
    if not isinstance(column.type, Vector):
        raise InvalidQueryError(f"VectorIndex() is for vectors, not for {column.type}; write Vector(dimensions) too")
    options = (("similarity_function", marker.similarity_function),)
    return Index(column.name, marker.index_name, None, "sai", options)


def searchable(codec: Codec, annotation: Annotation) -> Codec:
    """The codec of a field; for a vector with an index, one that refuses values which the index cannot hold.

    Servers do not refuse such values. A replica fails instead, so the outcome of the write is unknown, and no
    conditional write to that partition ever succeeds again.
    """
    similarity = next((found for marker in annotation.markers if (found := _similarity(marker))), None)
    if similarity is None or not isinstance(codec.type, Vector):
        return codec
    encode, cosine = codec.encode, similarity.upper() == "COSINE"

    def encoded(value: Any) -> Any:
        vector = value if encode is None else encode(value)
        try:
            # Far from both limits the norm alone decides, which takes a twentieth of the time.
            if not _SURE < hypot(*vector) < _MOST:
                # rounded to 32 bits as on the server, where 1e-46 is zero
                _check_numbers(array("f", vector), cosine=cosine)
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
"""1e17 in 32 bits: the server's limit for the elements of an indexed vector."""
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
    if column.type == COUNTER:
        raise InvalidQueryError("a counter cannot have an index")
    if _holds_durations(column.type):
        raise InvalidQueryError(f"{column.type} cannot have an index, since there are durations in it")
    if isinstance(column.type, Udt) and not column.type.frozen:
        raise InvalidQueryError(f"{column.type} cannot have an index unless it is frozen")
    if index.target is not None and index.target not in _targets(column):
        fitting = " or ".join(map(repr, _targets(column))) or "none"
        raise InvalidQueryError(f"target={index.target!r} does not fit {column.type}; {fitting} does")
    if index_class(index.using) == "sai":
        _check_sai(column, index)
    elif index.using is not None and "." not in index.using and index.using.lower() not in _SHORT:
        raise InvalidQueryError(
            f"using={index.using!r} is not an index that servers know by a short name; write 'sai', or the full name "
            "of the class, with its package"
        )
    return index


_SHORT: Final = frozenset({"legacy_local_table", "vector_index"})
"""Short names of index classes besides ``sai``; the last one is ScyllaDB's."""

_TEXT_OPTIONS: Final = ("case_sensitive", "normalize", "ascii")
_VECTOR_OPTIONS: Final = (
    *("similarity_function", "optimize_for", "maximum_node_connections", "construction_beam_width"),
    *("source_model", "enable_hierarchy"),
)
_ANALYZERS: Final = ("index_analyzer", "query_analyzer")
"""Options of DataStax Astra, which are for indexes on texts as well."""


def _check_sai(column: Column, index: Index) -> None:
    # The index creates files named after its column, so the server refuses names that need quotes.
    check_name(column.name, "column with a storage-attached index")
    indexed = _indexed(column.type, index)
    if indexed == NATIVE["blob"]:
        raise InvalidQueryError(f"{column.type} cannot have a storage-attached index, which takes no blobs")
    options = dict(index.options)
    _check_options(indexed, options)
    if isinstance(indexed, Vector):
        if indexed.element != NATIVE["float"]:
            raise InvalidQueryError(
                f"{column.type} cannot have a storage-attached index, which takes vectors of 32-bit floats only"
            )
        if indexed.dimension == 1 and str(options.get("similarity_function", "cosine")).lower() == "cosine":
            raise InvalidQueryError("COSINE compares no vectors of one dimension; use EUCLIDEAN or DOT_PRODUCT")


def _check_options(indexed: CqlType, options: dict[str, Any]) -> None:
    known = (*_TEXT_OPTIONS, *_VECTOR_OPTIONS, *_ANALYZERS)
    for name, value in options.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise InvalidQueryError(f"a storage-attached index has no option {name!r}; {hint}")
        if name in _VECTOR_OPTIONS and not isinstance(indexed, Vector):
            raise InvalidQueryError(f"the option {name!r} is for an index on vectors, and this one is on {indexed}")
        if name in (*_TEXT_OPTIONS, *_ANALYZERS) and indexed not in (TEXT, NATIVE["ascii"]):
            raise InvalidQueryError(f"the option {name!r} is for an index on texts, and this one is on {indexed}")
        if name in _TEXT_OPTIONS and str(value).lower() not in ("true", "false"):
            raise InvalidQueryError(f"the option {name!r} must be True or False")


def _indexed(cql_type: CqlType, index: Index) -> CqlType:
    """The type that the index contains: that of an element, key or value of a collection, or the type of the column."""
    target = target_of(index, cql_type)
    match cql_type:
        case List(element) | Set(element) if target == "values":
            return element
        case Map(key, value) if target in ("keys", "values"):
            return key if target == "keys" else value
        case _:
            return cql_type


def _holds_durations(cql_type: CqlType) -> bool:
    """Whether the server finds a duration in the type; it does not look into sets and keys of maps."""
    match cql_type:
        case Set():
            return False
        case Map(_, element):
            return _holds_durations(element)
        case _:
            return cql_type == DURATION or any(map(_holds_durations, parts_of(cql_type)))


def _targets(column: Column) -> tuple[str, ...]:
    """The parts of a collection that can be indexed; empty for other columns."""
    usual = target_of(Index(column.name), column.type)
    if not is_collection(column.type) or usual != "values":
        return (usual,) if usual else ()
    return ("keys", "values", "entries") if isinstance(column.type, Map) else ("values",)
