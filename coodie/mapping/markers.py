"""Checks markers: which can be combined, where each is allowed, and the values of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from coodie import fields
from coodie._errors import InvalidQueryError
from coodie._functions import is_plain
from coodie._words import a_type, word
from coodie.fields import Marker
from coodie.mapping.annotations import Annotation, unwrap

OF_TYPES: Final = (fields.TypeMarker, fields.Frozen, fields.Vector, fields.Stored)
"""Markers that define a type, and are therefore allowed inside other types and in user-defined types."""

_SEVERAL: Final = (fields.Indexed, fields.VectorIndex)
_KINDS: Final = (
    (fields.PrimaryKey, fields.ClusteringKey),
    (fields.TypeMarker, fields.Counter, fields.Vector, fields.Stored),
    (fields.Version, fields.CreatedAt, fields.UpdatedAt),
)


def check_markers(annotation: Annotation) -> None:
    """Raise `InvalidQueryError` for markers that contradict each other or have no meaning in their place."""
    _check_together(annotation)
    for inner in _inner(annotation):
        check_inside(inner)


def check_inside(
    annotation: Annotation, where: str = "inside another type", allowed: tuple[type[fields.Marker], ...] = ()
) -> None:
    """Raise `InvalidQueryError` for a marker without meaning inside a collection, tuple or user-defined type."""
    for marker in annotation.markers:
        if not isinstance(marker, (*OF_TYPES, *allowed)):
            name = name_of(marker)
            raise InvalidQueryError(
                f"{name} means nothing {where}; it belongs to a field: Annotated[list[int], {name}]"
            )
        if isinstance(marker, fields.Frozen) and not marker.frozen:
            raise InvalidQueryError(f"Frozen(False) means nothing {where}, where everything is frozen; leave it out")
    check_markers(annotation)


def _inner(annotation: Annotation) -> Iterator[Annotation]:
    """The annotations inside another one, such as those of the elements of a collection."""
    origin, arguments = get_origin(annotation.bare), get_args(annotation.bare)
    if origin is Literal:
        return
    for inner in arguments[:1] if origin is Annotated else arguments:
        if inner is not Ellipsis:
            yield unwrap(inner)


def _check_together(annotation: Annotation) -> None:
    for marker in annotation.markers:
        if isinstance(marker, fields.Selected):
            raise InvalidQueryError(
                f"{name_of(marker)} belongs to a class for as_(); a column is named by Column(name=)"
            )
        if wrong := _wrong_argument(marker):
            raise InvalidQueryError(f"{name_of(marker)} {wrong}")
    said: dict[type[Any], Marker] = {}
    for marker in annotation.markers:
        kind = _kind_of(marker)
        if kind not in _SEVERAL and said.setdefault(kind, marker) != marker:
            raise InvalidQueryError(
                f"{_shown(said[kind])} and {_shown(marker)} contradict each other; leave one of them out"
            )
    if key := annotation.marker(fields.PrimaryKey):
        _check_key(key)
    if annotation.marker(fields.Vector) and annotation.marker(fields.Frozen):
        raise InvalidQueryError("a vector is written as one value, so Frozen() means nothing; leave it out")


def is_stored(annotation: Annotation) -> bool:
    """Whether a field is a column. Raises `InvalidQueryError` for a marker that only a column can have."""
    marker = annotation.marker(fields.NotStored)
    for other in annotation.markers:
        if marker is not None and other != marker:
            raise InvalidQueryError(f"NotStored() and {_shown(other)} contradict each other; leave one of them out")
    return marker is None


def name_of(marker: Marker) -> str:
    """``Indexed()``: the marker without its arguments."""
    return f"{type(marker).__name__}()"


def _shown(marker: Marker) -> str:
    """``PrimaryKey(clustering=True)``: the marker with those of its arguments that differ from the defaults."""
    if not is_dataclass(marker):
        return repr(marker)
    given = {each.name: getattr(marker, each.name) for each in dataclass_fields(marker)}
    usual = {each.name: each.default for each in dataclass_fields(marker)}
    said = ", ".join(f"{name}={value!r}" for name, value in given.items() if value != usual[name])
    return f"{type(marker).__name__}({said})"


def places(given: Mapping[str, int | None]) -> tuple[str, ...]:
    """The columns of a key in order, each at its given index or else in order of declaration.

    Raises `InvalidQueryError` unless the indexes are 0, 1, 2 ... without gaps or duplicates.
    """
    at = {name: number if place is None else place for number, (name, place) in enumerate(given.items())}
    ordered = sorted(at, key=lambda name: at[name])
    for one, other in pairwise(ordered):
        if at[one] == at[other]:
            raise InvalidQueryError(
                f"{one} and {other} are both at place {at[one]} of the key; a column without an index is placed where "
                "it is declared, and places count from 0"
            )
    if ordered and at[ordered[-1]] != len(ordered) - 1:
        raise InvalidQueryError(
            f"{ordered[-1]} is at place {at[ordered[-1]]} of a key of {len(ordered)}; places count from 0, without gaps"
        )
    return tuple(ordered)


def _kind_of(marker: Marker) -> type[Any]:
    """The kind of a marker; a field can have only one marker of each kind."""
    return next((kinds[0] for kinds in _KINDS if isinstance(marker, kinds)), type(marker))


def _check_key(key: fields.PrimaryKey) -> None:
    if key.clustering and key.partition_key_index is not None:
        raise InvalidQueryError("PrimaryKey(clustering=True) has a clustering_key_index, and no partition_key_index")
    if not key.clustering and key.clustering_key_index is not None:
        raise InvalidQueryError("clustering_key_index is for PrimaryKey(clustering=True); here it means nothing")
    if not key.clustering and key.order != "ASC":
        raise InvalidQueryError(
            "order is for PrimaryKey(clustering=True): partitions have no order, so it means nothing here"
        )


def _wrong_argument(marker: Marker) -> str | None:
    for kind, name, fits, wanted in _ARGUMENTS:
        if isinstance(marker, kind) and not fits(value := getattr(marker, name)):
            return f"takes {wanted} as {name}, not {word(value)}"
    if isinstance(marker, fields.Indexed) and isinstance(marker.options, Mapping):
        return _wrong_option(marker.options)
    return None


def _wrong_option(options: Mapping[Any, Any]) -> str | None:
    for key, value in options.items():
        if not isinstance(key, str):
            return f"takes options by their names, not by {a_type(key)}"
        if not isinstance(value, (str, int)):
            return f"takes a text, a whole number, True or False as the option {key!r}, not {a_type(value)}"
    return None


def _is_place(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(value is each or (isinstance(value, str) and value == each) for each in values)


_PLACE: Final = "a number from 0 up"
_ORDERS: Final = (_is_one_of(*get_args(fields.Order)), "'ASC' or 'DESC'")
_SIMILARITIES: Final = get_args(fields.SimilarityFunction)
_TARGETS: Final = ("keys", "values", "entries", "full")
_ARGUMENTS: Final[tuple[tuple[type[Marker], str, Callable[[Any], bool], str], ...]] = (
    (fields.PrimaryKey, "partition_key_index", _is_place, _PLACE),
    (fields.PrimaryKey, "clustering", _is_bool, "True or False"),
    (fields.PrimaryKey, "order", *_ORDERS),
    (fields.PrimaryKey, "clustering_key_index", _is_place, _PLACE),
    (fields.ClusteringKey, "order", *_ORDERS),
    (fields.ClusteringKey, "clustering_key_index", _is_place, _PLACE),
    (fields.Indexed, "index_name", _is_name, "a text"),
    (fields.Indexed, "target", _is_one_of(None, *_TARGETS), " or ".join(map(repr, _TARGETS))),
    (fields.Indexed, "using", _is_name, "'sai' or the class of an index"),
    (fields.Indexed, "options", lambda value: value is None or isinstance(value, Mapping), "a mapping"),
    (fields.Stored, "dump", is_plain, "a plain function"),
    (fields.Stored, "load", is_plain, "a plain function"),
    (fields.Column, "name", lambda value: isinstance(value, str), "a text"),
    (fields.Frozen, "frozen", _is_bool, "True or False"),
    (fields.VectorIndex, "similarity_function", _is_one_of(*_SIMILARITIES), " or ".join(map(repr, _SIMILARITIES))),
    (fields.VectorIndex, "index_name", _is_name, "a text"),
)
