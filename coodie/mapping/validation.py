"""How Pydantic validates for coodie: datetimes as CQL holds them, and single fields.

Single fields are the values of filters and updates, and the rows that hold only some columns. Each field is validated
as in the whole model, its ``field_validator`` functions included; nothing is filled in for a field that is not given,
and no model validator runs, since there is no whole model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from coodie.mapping.codecs import cut, utc


class FieldValidators:
    """The validators of a model's fields, built when the first is needed."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def validate(self, name: str, value: Any) -> Any:
        """One value of one field. Raises Pydantic's ``ValidationError``."""
        return self._one.validate_python({name: value}, strict=False)[name]

    def validate_rows(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of some fields each, by their names. Raises Pydantic's ``ValidationError``."""
        return self._many.validate_python(rows, strict=False)  # type: ignore[no-any-return]

    @cached_property
    def _one(self) -> SchemaValidator:
        return SchemaValidator(self._schema(core_schema.typed_dict_schema(self._fields)))

    @cached_property
    def _many(self) -> SchemaValidator:
        return SchemaValidator(self._schema(core_schema.list_schema(core_schema.typed_dict_schema(self._fields))))

    def _schema(self, schema: CoreSchema) -> CoreSchema:
        definitions = self._found[1]
        return core_schema.definitions_schema(schema, definitions) if definitions else schema

    @cached_property
    def _fields(self) -> dict[str, core_schema.TypedDictField]:
        return {
            name: core_schema.typed_dict_field(_without_default(field["schema"]), required=False)
            for name, field in self._found[0].items()
        }

    @cached_property
    def _found(self) -> tuple[dict[str, Any], list[CoreSchema]]:
        """The fields of the model's schema, and the definitions that they refer to."""
        schema: Any = self._model.__pydantic_core_schema__
        definitions: list[CoreSchema] = []
        while schema["type"] != "model-fields":
            definitions += schema.get("definitions", [])
            if schema["type"] == "definition-ref":
                schema = next(d for d in definitions if d.get("ref") == schema["schema_ref"])
            else:
                schema = schema["schema"]
        return schema["fields"], definitions


def _without_default(schema: Any) -> Any:
    return schema["schema"] if schema["type"] == "default" else schema


def describe(error: ValidationError) -> str:
    """What Pydantic found, without the values that it found it in."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(_one_error(item["loc"][1:], item["msg"]) for item in found)


def _one_error(place: tuple[int | str, ...], message: str) -> str:
    return f"at {'.'.join(map(str, place))}: {message}" if place else message


def with_cql_datetimes(schema: Any) -> Any:
    """The same schema, in which each datetime becomes at validation what a CQL timestamp can hold.

    So what was saved equals what is loaded. Only containers are walked, so a datetime is found at any depth.
    """
    if isinstance(schema, list):
        return [with_cql_datetimes(item) for item in schema]
    if isinstance(schema, tuple):
        return tuple(with_cql_datetimes(item) for item in schema)
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "datetime":
        naive = schema.get("tz_constraint") == "naive"
        return core_schema.no_info_after_validator_function(cut if naive else utc, schema)
    return {
        key: value if key in ("metadata", "config", "default") else with_cql_datetimes(value)
        for key, value in schema.items()
    }
