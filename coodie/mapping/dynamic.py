"""Creates document classes at run time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coodie._errors import ModelError
from coodie._words import a_type
from coodie.mapping.model import Model

# Typed as a plain class for pyright, which would otherwise narrow to a mapping of unknown types.
_MAPPING: type[Any] = Mapping
_TUPLE: type[Any] = tuple
_MODEL: type[Any] = Model


def make_model(name: Any, fields: Any, settings: Any, base: Any, module: str) -> Any:
    """A document class with these fields and settings. Raises `ModelError`."""
    if not isinstance(name, str) or not name:
        raise ModelError(f"the name of a document class must be a non-empty str, not {a_type(name)}")
    if not isinstance(base, type) or not issubclass(base, _MODEL):
        raise ModelError(f"{name}: base must be a document class, not {a_type(base)}")
    if not isinstance(fields, _MAPPING):
        raise ModelError(f"{name}: fields must be a mapping from names to annotations, not {a_type(fields)}")
    body: dict[str, Any] = {"__module__": module, "__qualname__": name, "__annotations__": {}}
    for field, annotation in fields.items():
        _check_name(name, field)
        if isinstance(annotation, _TUPLE):
            body["__annotations__"][field], body[field] = _pair(name, field, annotation)
        else:
            body["__annotations__"][field] = annotation
    make: Any = type(base)
    if settings is not None:
        body["Settings"] = settings
    return make(name, (base,), body)


def _pair(name: str, field: str, given: tuple[Any, ...]) -> tuple[Any, Any]:
    if len(given) != 2:
        raise ModelError(f"{name}.{field} must be an annotation, or a tuple of annotation and default")
    return given


def _check_name(name: str, field: Any) -> None:
    if not isinstance(field, str):
        raise ModelError(f"{name}: the name of a field must be a str, not {a_type(field)}")
    if field.startswith("_") or field in ("model_config", "Settings"):
        raise ModelError(
            f"{name}.{field}: Pydantic allows no field of this name; give the field another name, and "
            f"Column(name={field!r})"
        )
