"""Codecs of classes without a CQL type: their values are stored in another form, which the user's functions make."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, TypeAdapter
from pydantic_core import SchemaValidator

from coodie.fields import Stored
from coodie.mapping.datetimes import with_cql_datetimes
from coodie.mapping.natives import Codec, Convert
from coodie.mapping.validation import Unfit


def stored_codec(inner: Codec, stored: Stored) -> Codec:
    """The codec of a field with `Stored`; ``inner`` is that of its type."""
    adapter: TypeAdapter[Any] = TypeAdapter(stored.type)
    validate = partial(SchemaValidator(with_cql_datetimes(adapter.core_schema)).validate_python, strict=False)
    dump, load = _safe(stored.dump, "dump="), _safe(stored.load, "load=")
    return Codec(inner.type, _chain(dump, validate, inner.encode), _chain(inner.decode, validate, load))


def serialized_codec(inner: Codec, serializer: PlainSerializer) -> Codec:
    """The codec of a field with Pydantic's serializer; ``inner`` is that of the type that it returns.

    Its validators read that type, since a loaded row is validated.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[Any, serializer])
    mode: Literal["json", "python"] = "json" if serializer.when_used.startswith("json") else "python"
    dump = _safe(partial(adapter.dump_python, mode=mode), "serializer")
    return Codec(inner.type, _chain(dump, inner.encode), inner.decode)


def _chain(*converts: Convert | None) -> Convert:
    """The function that applies these functions in turn."""
    used = [convert for convert in converts if convert is not None]

    def convert(value: Any) -> Any:
        for each in used:
            value = each(value)
        return value

    return convert


def _safe(function: Callable[[Any], Any], what: str) -> Convert:
    """The function, whose errors say nothing about the value."""

    def convert(value: Any) -> Any:
        try:
            return function(value)
        except Exception as error:  # noqa: BLE001 - whatever the user's function raises
            why = f"its {what} raises {type(error).__name__}"
        raise Unfit(why)

    return convert
