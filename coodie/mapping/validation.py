"""How rows are validated, and single fields: the values of filters and updates, and rows of only some columns.

Each field is validated as in the whole model, its ``field_validator`` functions included; nothing is filled in for a
field that is not given, and no model validator runs, since there is no whole model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, core_schema

from coodie.exceptions import InvalidQueryError

UNENCODABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What encoders raise for a value that is not of the annotated type: they do not look first."""


ALONE = "a validator asks for a field that is not here, perhaps in info.data; let it use info.data.get()"
"""What to say of a KeyError: fields are not always validated with the others of the model."""


class Unfit(ValueError):
    """A value that no column of its type can hold. It says why, and never shows the value."""


def misfit(where: str, value: Any, error: Exception) -> InvalidQueryError:
    """What to raise for a value that no validator has seen, since it was assigned, or one that no column can hold."""
    why = str(error) if isinstance(error, Unfit) else f"it does not take a {type(value).__name__}"
    return InvalidQueryError(f"{where}: {why}")


class Validators:
    """The validators of a model, its fields and its rows, each built when it is first needed."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def validate(self, name: str, value: Any) -> Any:
        """One value of one field. Raises Pydantic's ``ValidationError``."""
        return self.validate_some({name: value})[name]

    def validate_some(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of some fields, by their names. Raises Pydantic's ``ValidationError``."""
        return self._field.validate_python(values, strict=False)  # type: ignore[no-any-return]

    def validate_rows(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """Whole rows, as models. Raises Pydantic's ``ValidationError``.

        Rows go by field names, whatever aliases the model has for its users; and a row is no strict input, since an
        Enum comes as its value.
        """
        return self._rows.validate_python(rows, strict=False, by_alias=False, by_name=True)  # type: ignore[no-any-return]

    def validate_parts(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of some fields each, by their names. Raises Pydantic's ``ValidationError``."""
        return self._parts.validate_python(rows, strict=False, by_alias=False, by_name=True)  # type: ignore[no-any-return]

    @cached_property
    def _field(self) -> SchemaValidator:
        return self._built(self._typed_dict)

    @cached_property
    def _rows(self) -> Any:
        # The adapter's own method costs more than a row does.
        return TypeAdapter(list[self._model]).validator  # type: ignore[name-defined]

    @cached_property
    def _parts(self) -> SchemaValidator:
        return self._built(core_schema.list_schema(self._typed_dict))

    def _built(self, schema: Any) -> SchemaValidator:
        return SchemaValidator(
            core_schema.definitions_schema(schema, self._definitions) if self._definitions else schema
        )

    @cached_property
    def _definitions(self) -> list[CoreSchema]:
        schema: Any = self._model.__pydantic_core_schema__
        return schema["definitions"] if schema["type"] == "definitions" else []

    @cached_property
    def _typed_dict(self) -> CoreSchema:
        fields = self._inside(self._schema, "model-fields")["fields"]
        return core_schema.typed_dict_schema(
            {
                name: core_schema.typed_dict_field(_without_default(field["schema"]), required=False)
                for name, field in fields.items()
            },
            config=self.config,
        )

    @cached_property
    def config(self) -> CoreConfig | None:
        """What the ``model_config`` asks of values, such as that texts are stripped."""
        return self._schema.get("config")  # type: ignore[no-any-return]

    @cached_property
    def _schema(self) -> Any:
        return self._inside(self._model.__pydantic_core_schema__, "model")

    def _inside(self, schema: Any, kind: str) -> Any:
        """The schema of that kind, which others may be around: those of validators, or a reference."""
        while schema["type"] != kind:
            if schema["type"] == "definition-ref":
                schema = next(each for each in self._definitions if each.get("ref") == schema["schema_ref"])
            else:
                schema = schema["schema"]
        return schema


def _without_default(schema: Any) -> Any:
    return schema["schema"] if schema["type"] == "default" else schema


def describe(error: ValidationError) -> str:
    """What Pydantic found, without the values that it found it in."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(_one_error(item["loc"][1:], item["msg"]) for item in found)


def _one_error(place: tuple[int | str, ...], message: str) -> str:
    return f"at {'.'.join(map(str, place))}: {message}" if place else message
