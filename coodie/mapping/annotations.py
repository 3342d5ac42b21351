"""What a type annotation says, once its wrappers are off: ``Annotated``, ``Optional``, aliases, ``NewType``.

Pydantic has resolved postponed annotations before they come here.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from typing_extensions import TypeAliasType

from coodie.fields import Marker

MarkerT = TypeVar("MarkerT", bound=Marker)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A bare type, the markers that stood around it, and whether None is allowed."""

    bare: Any
    markers: tuple[Marker, ...] = ()
    optional: bool = False

    def marker(self, kind: type[MarkerT]) -> MarkerT | None:
        """The marker of that kind that stands outermost, or None."""
        return next((marker for marker in self.markers if isinstance(marker, kind)), None)


def unwrap(annotation: Any, metadata: tuple[Any, ...] = ()) -> Annotation:
    """Take the wrappers off; ``metadata`` is what stood in an ``Annotated`` that Pydantic already took off."""
    markers, optional = list(_markers(metadata)), False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *inner = get_args(annotation)
            markers += _markers(inner)
        elif isinstance(annotation, TypeAliasType) or isinstance(origin, TypeAliasType):
            annotation = _alias_value(annotation)
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif origin in (Union, types.UnionType) and type(None) in get_args(annotation):
            optional, annotation = True, _without_none(annotation)
        else:
            return Annotation(annotation, tuple(markers), optional)


def _markers(metadata: Any) -> Iterator[Marker]:
    for item in metadata:
        if isinstance(item, Marker):
            yield item
        elif isinstance(item, type) and issubclass(item, Marker):
            yield item()


def _alias_value(annotation: Any) -> Any:
    arguments = get_args(annotation)
    if not arguments:
        return annotation.__value__
    return get_origin(annotation).__value__[arguments]


def _without_none(annotation: Any) -> Any:
    members = tuple(member for member in get_args(annotation) if member is not type(None))
    return Union[members]  # noqa: UP007 - built from a tuple, which ``|`` cannot take
