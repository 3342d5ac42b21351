"""Predicts the effect of validating a border value: whether it is certainly accepted, whether the result is equal to
it, and whether the result may be the same object.

The predictions are read off Pydantic's core schemas. Anything unknown counts as not faithful.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from coodie.mapping.datetimes import cut, utc
from coodie.mapping.validation import Validators

# Typed as a plain class for pyright, so that what is tested with it stays Any.
_SEQUENCES: Final[tuple[type[Any], ...]] = (list, tuple)
_DICT: Final[type[Any]] = dict

_NATIVE: Final = frozenset({"str", "int", "float", "bool", "bytes", "uuid", "decimal", "date", "time", "datetime"})
_CONTAINERS: Final = frozenset({"list", "set", "frozenset", "dict"})
_ELEMENTS: Final = ("items_schema", "keys_schema", "values_schema")
_CHANGING: Final = frozenset({"strip_whitespace", "to_lower", "to_upper"})
_AROUND: Final = frozenset({"definitions", "definition-ref", "model", "model-fields"})

_PASSING: Final = frozenset({"function-wrap", "function-plain", "any", "is-instance", "call", "callable"})
"""The validators that may return the object that they get; those of collections and models create a new one."""
_NO_VALIDATORS: Final = frozenset({"metadata", "config", "default", "serialization"})
"""The keys of a schema that hold no schemas of validators."""

_EXACT: Final[dict[str, type[Any]]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "bytes": bytes,
    "uuid": UUID,
    "date": date,
    "time": time,
    "datetime": datetime,
}
"""For each kind of schema, the class whose instances all pass if the schema has no further constraints."""
_ASKING_NOTHING: Final = frozenset({"type", "metadata", "serialization", "ref", "strict", "microseconds_precision"})
_HARMLESS: Final = frozenset({"title", "from_attributes", "validate_by_alias", "validate_by_name", "populate_by_name"})
"""The options of a model's configuration that do not constrain the values of its fields."""


def sure_types(validators: Validators, names: Iterable[str]) -> tuple[frozenset[type[Any]], ...] | None:
    """For each of these fields, the classes whose instances are always valid; None if some row may still be refused."""
    if (
        not _AROUND.issuperset(validators.around())
        or validators.runs_code
        or not _HARMLESS.issuperset(validators.config or {})
    ):
        return None
    types = [_sure_types(validators.fields[name]["schema"]) for name in names]
    return tuple(types) if all(types) else None


def _sure_types(schema: Any) -> frozenset[type[Any]]:
    kind = schema["type"]
    if kind == "default":
        return _sure_types(schema["schema"])
    if kind == "nullable":
        inside = _sure_types(schema["schema"])
        return inside | {type(None)} if inside else inside
    if kind == "function-after" and schema["function"]["function"] in (utc, cut):
        return _sure_types(schema["schema"])
    return frozenset({_EXACT[kind]}) if kind in _EXACT and _ASKING_NOTHING.issuperset(schema) else frozenset()


def stays_equal(validators: Validators, name: str) -> bool:
    """Whether validation certainly returns a value equal to the border value."""
    config: Any = validators.config or {}
    return (
        _AROUND.issuperset(validators.around())
        and not any(option.startswith("str_to_") or option == "str_strip_whitespace" for option in config)
        and _is_faithful(validators.fields[name]["schema"])
    )


def _is_faithful(schema: Any) -> bool:
    kind = schema["type"]
    if kind in ("default", "nullable"):
        return _is_faithful(schema["schema"])
    if kind == "function-after":
        return schema["function"]["function"] in (utc, cut)
    if kind in _CONTAINERS:
        return all(
            _is_faithful(schema[each]) for each in ("items_schema", "keys_schema", "values_schema") if each in schema
        )
    return kind in _NATIVE and _CHANGING.isdisjoint(schema)


def stays_the_same(validators: Validators, name: str) -> bool:
    """Whether validation may return the very same object instead of a copy."""
    kinds = _kinds(validators.fields[name]).union(validators.around())
    if "definition-ref" in kinds:
        kinds |= _kinds(validators.definitions)
    return not kinds.isdisjoint(_PASSING)


def is_native(validators: Validators, name: str) -> bool:
    """Whether only Pydantic and coodie validate the field, and its value is no container."""
    return _is_native(validators.fields[name]["schema"])


def _is_native(schema: Any) -> bool:
    kind = schema["type"]
    if kind in ("default", "nullable"):
        return _is_native(schema["schema"])
    if kind == "function-after":
        return schema["function"]["function"] in (utc, cut) and _is_native(schema["schema"])
    return kind in _NATIVE


def _kinds(schema: Any) -> set[str]:
    """The kinds of all validators in a schema."""
    found: set[str] = set()
    inside: list[Any] = [schema]
    while inside:
        each = inside.pop()
        if isinstance(each, _SEQUENCES):
            inside += each
        elif isinstance(each, _DICT) and isinstance(each.get("type"), str):
            found.add(each["type"])
            inside += [value for key, value in each.items() if key not in _NO_VALIDATORS]
        elif isinstance(each, _DICT):  # a dictionary of schemas by field name
            inside += each.values()
    return found
