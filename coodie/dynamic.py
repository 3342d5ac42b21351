"""Documents that are created at run time, for tables that are not known in advance."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import currentframe
from typing import Any, TypeVar, overload

from coodie.aio.document import Document
from coodie.mapping.dynamic import make_model
from coodie.mapping.model import Model

__all__ = ["document"]

M = TypeVar("M", bound=Model)


@overload
def document(
    name: str, fields: Mapping[str, Any], *, settings: Mapping[str, Any] | type | None = None
) -> type[Document]: ...


@overload
def document(
    name: str, fields: Mapping[str, Any], *, settings: Mapping[str, Any] | type | None = None, base: type[M]
) -> type[M]: ...


def document(
    name: str,
    fields: Mapping[str, Any],
    *,
    settings: Mapping[str, Any] | type | None = None,
    base: type[Model] = Document,
) -> type[Model]:
    """Create the class ``name``, derived from ``base``, like a class statement; nothing is sent.

    ``fields`` maps the name of each field to its annotation, or to a tuple of annotation and default; the fields of
    ``base`` come first. ``settings`` are those of a nested ``class Settings``, as a mapping or a class; without a
    ``name`` among them, the name of the table is that of the class in snake case. ``base`` is a `Document` (by default
    that of ``coodie.aio``), a `CounterDocument`, a `MaterializedView`, or a class of your own.

    Each call creates a new class, so create one per table and keep it. Raises `ModelError` for a class that cannot be a
    table.

    .. code-block:: python

        from typing import Annotated

        import coodie
        from coodie import sync
        from coodie.fields import PrimaryKey

        fields = {"id": Annotated[int, PrimaryKey()], "value": (float, 0.0)}
        Reading = coodie.document("Reading", fields, settings={"name": "readings_7"}, base=sync.Document)
    """
    frame = currentframe()
    caller = {} if frame is None or frame.f_back is None else frame.f_back.f_globals
    made: type[Model] = make_model(name, fields, settings, base, caller.get("__name__", "__main__"))
    return made
