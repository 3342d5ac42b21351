"""Documents that are made while the program runs, for tables that are not known before."""

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
    """Make the class ``name``, derived from ``base``, as a class statement would; nothing is sent.

    ``fields`` has an annotation for each field, or a tuple of annotation and default; those of ``base`` come first.
    ``settings`` are those that a nested ``class Settings`` would have, as a mapping or a class; without a ``name``
    among them, the table is called as the class is in snake case. ``base`` is the `Document` of either door (that of
    ``coodie.aio`` if not given), a `CounterDocument`, a `MaterializedView`, or a class of yours.

    Each call makes a new class, so make one for each table and keep it. Raises `ModelError` for a class that cannot
    be a table.

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
