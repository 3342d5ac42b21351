"""How rows are validated, and single fields: the values of filters and updates, and rows of only some columns.

Each field is validated as in the whole model, its ``field_validator`` functions included; nothing is filled in for a
field that is not given, and no model validator runs, since there is no whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator, core_schema

from coodie._words import a_type
from coodie.exceptions import InvalidQueryError

UNENCODABLE = (AttributeError, KeyError, TypeError, ValueError)
"""What encoders raise for a value that is not of the annotated type: they do not look first."""


ALONE = "a validator asks for a field that is not here, perhaps in info.data; let it use info.data.get()"
"""What to say of a KeyError: fields are not always validated with the others of the model."""


class Unfit(ValueError):
    """A value that no column of its type can hold. It says why, and never shows the value."""


def misfit(where: str, value: Any, error: Exception) -> InvalidQueryError:
    """What to raise for a value that no validator has seen, since it was assigned, or one that no column can hold."""
    why = str(error) if isinstance(error, Unfit) else f"it does not take {a_type(value)}"
    return InvalidQueryError(f"{where}: {why}")


class Validators:
    """The validators of a model, its fields and its rows, each built when it is first needed.

    All raise Pydantic's ``ValidationError``. Rows go by field names, whatever aliases the model has for its users; and
    a row is no strict input, since an Enum comes as its value.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    @cached_property
    def some(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """Validates values of some fields, by their names."""
        return partial(self._built(self._typed_dict).validate_python, strict=False)

    @cached_property
    def rows(self) -> Callable[[Sequence[dict[str, Any]]], list[Any]]:
        """Validates whole rows, and gives models."""
        # The adapter's own method costs more than a row does.
        validator = TypeAdapter(list[self._model]).validator  # type: ignore[name-defined]
        return partial(validator.validate_python, strict=False, by_alias=False, by_name=True)

    @cached_property
    def parts(self) -> Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]:
        """Validates rows of some fields each."""
        validator = self._built(core_schema.list_schema(self._typed_dict))
        return partial(validator.validate_python, strict=False, by_alias=False, by_name=True)

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
