"""Unwraps type annotations: ``Annotated``, ``Optional``, aliases and ``NewType``.

Pydantic has already resolved postponed annotations. ``Json[...]``, ``Base64Bytes`` and similar types keep their
``Annotated``, because its metadata changes the value and not only checks it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, EncodedBytes, EncodedStr, Json, PlainSerializer
from pydantic_core import PydanticUndefined
from typing_extensions import TypeAliasType

from coodie._errors import InvalidQueryError, ModelError
from coodie.fields import Marker

MarkerT = TypeVar("MarkerT", bound=Marker)

# For type checkers, which do not see Json as a class and cannot build an Annotated from a tuple.
_RECODING: Any = (Json, EncodedBytes, EncodedStr)
_ANNOTATED: Any = Annotated
_UNDEFINED: Any = PydanticUndefined
# The class behind the ``type`` statement of Python 3.12 is not the one of typing_extensions.
_ALIASES: Any = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))


@dataclass(frozen=True, slots=True)
class Annotation:
    """An unwrapped annotation: the bare type, its markers, and whether None is allowed.

    The type is still an ``Annotated`` if that recodes values (see `is_recoded`).
    """

    bare: Any
    markers: tuple[Marker, ...] = ()
    optional: bool = False
    serializer: PlainSerializer | None = None
    """Pydantic's serializer, if it says what type it returns."""

    def marker(self, kind: type[MarkerT]) -> MarkerT | None:
        """The outermost marker of that kind, or None."""
        return next((marker for marker in self.markers if isinstance(marker, kind)), None)


def field_annotation(model: type[BaseModel], name: str) -> Annotation:
    """The annotation of a field. Raises `ModelError` for a marker that lacks its arguments."""
    info = model.model_fields[name]
    try:
        return unwrap(info.annotation, tuple(info.metadata))
    except InvalidQueryError as error:
        raise ModelError(f"{model.__name__}.{name}: {error}") from None


def extras(model: type[BaseModel]) -> str | None:
    """The reason to refuse a model that accepts extra values, which would have no column; None if it does not."""
    if model.model_config.get("extra") != "allow":
        return None
    return "model_config = ConfigDict(extra='allow'), but extra values have no column; use 'ignore' or 'forbid'"


def unwrap(annotation: Any, metadata: tuple[Any, ...] = ()) -> Annotation:
    """Unwrap an annotation; ``metadata`` is that of an ``Annotated`` that Pydantic has already removed."""
    if any(map(_recodes, metadata)):
        parts = (annotation, *metadata)
        annotation, metadata = _ANNOTATED[parts], ()
    markers, optional, serializer = list(_markers(metadata)), False, _serializer(metadata)
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            inner, *outer = get_args(annotation)
            markers += _markers(outer)
            serializer = serializer or _serializer(outer)
            if any(map(_recodes, outer)):
                return Annotation(annotation, tuple(markers), optional, serializer)
            annotation = inner
        elif isinstance(annotation, _ALIASES) or isinstance(origin, _ALIASES):
            annotation = _alias_value(annotation)
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif origin in (Union, types.UnionType) and type(None) in get_args(annotation):
            optional, annotation = True, _without_none(annotation)
        else:
            return Annotation(annotation, tuple(markers), optional, serializer)


def is_recoded(bare: Any) -> bool:
    """Whether Pydantic validates from another form of the value than it returns, as for ``Json`` and
    ``Base64Bytes``.
    """
    return bare is Json or get_origin(bare) is Annotated


def _recodes(item: Any) -> bool:
    return isinstance(item, _RECODING) or item is Json


def _markers(metadata: Any) -> Iterator[Marker]:
    for item in metadata:
        if isinstance(item, Marker):
            yield item
        elif isinstance(item, type) and issubclass(item, Marker):
            yield _made(item)


def _serializer(metadata: Any) -> PlainSerializer | None:
    """The serializer that applies, the last one, if it says what type it returns."""
    found = [item for item in metadata if isinstance(item, PlainSerializer)]
    return found[-1] if found and found[-1].return_type is not _UNDEFINED else None


def _made(marker: type[Marker]) -> Marker:
    try:
        return marker()
    except TypeError:
        name = marker.__name__
        raise InvalidQueryError(f"a bare {name} does not say enough; write {name}(...) with its arguments") from None


def _alias_value(annotation: Any) -> Any:
    arguments = get_args(annotation)
    if not arguments:
        return annotation.__value__
    alias = get_origin(annotation)
    given = dict(zip(alias.__type_params__, arguments, strict=True))
    # The aliased type may use its parameters in another order: ``type Back[K, V] = dict[V, K]``.
    parameters = getattr(alias.__value__, "__parameters__", ())
    if parameters:
        return alias.__value__[tuple(given[each] for each in parameters)]
    return given.get(alias.__value__, alias.__value__) if isinstance(alias.__value__, TypeVar) else alias.__value__


def _without_none(annotation: Any) -> Any:
    members = tuple(member for member in get_args(annotation) if member is not type(None))
    return Union[members]  # noqa: UP007 - built from a tuple, which ``|`` cannot take
