"""Validates rows and single fields: the values of filters and updates, and rows with only some columns.

Each field is validated as in the whole model, including its ``field_validator`` functions. Fields that are not given
are not filled in, and model validators do not run, since there is no complete model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import zip_longest
from typing import Any, Final, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import CoreConfig, CoreSchema, ErrorDetails, SchemaValidator, core_schema

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.types import CqlType, List, Map, Set, Tuple, Udt, Vector
from coodie.cql.values import Unreadable

UNENCODABLE = (AttributeError, KeyError, TypeError, ValueError)
"""The errors that encoders raise for a value that is not of the annotated type, which they do not check."""


ALONE = "a validator asks for a field that is not here, perhaps in info.data; let it use info.data.get()"
"""The message for a KeyError: fields are not always validated together with the others of the model."""


class Unfit(ValueError):
    """Raised for a value that no column of its type can hold. The message gives the reason, but never the value."""


def misfit(where: str, value: Any, error: Exception) -> InvalidQueryError:
    """The error for a value that was assigned without validation, or that no column can hold."""
    return InvalidQueryError(f"{where}: {why_not(value, error)}")


def why_not(value: Any, error: Exception) -> str:
    """The reason why a value could not be converted, without the value, which Python's own messages contain."""
    return str(error) if isinstance(error, Unfit) else f"it does not take {a_type(value)}"


class Validators:
    """The validators of a model's fields and rows, each built on first use.

    All raise Pydantic's ``ValidationError``. Rows are keyed by field names, regardless of any aliases, and are not
    validated strictly, since an Enum, for example, arrives as its value.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    @cached_property
    def some(self) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """The validator for the values of some fields, by name."""
        schemas = {name: _without_default(field["schema"]) for name, field in self.fields.items()}
        return partial(self._built(self._typed_dict(schemas)).validate_python, strict=False)

    def alone(self, name: str) -> Callable[[Any], Any]:
        """The validator for a value of one field; several times faster than `some`, but its errors lack the name."""
        schema = _without_default(self.fields[name]["schema"])
        return partial(SchemaValidator(schema, self.config).validate_python, strict=False)

    @cached_property
    def rows(self) -> Callable[[Sequence[dict[str, Any]]], list[Any]]:
        """The validator for whole rows, which returns models."""
        # Calling the method of the TypeAdapter takes longer than validating a row.
        validator = TypeAdapter(list[self._model]).validator  # type: ignore[name-defined]
        return partial(validator.validate_python, strict=False, by_alias=False, by_name=True)

    def parts(
        self, names: Collection[str], defaults: Collection[str]
    ) -> Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]:
        """The validator for rows of these fields. It fills in those of ``defaults`` that a row lacks, like a model."""
        schemas = {name: field["schema"] for name, field in self.fields.items() if name in names}
        row = self._typed_dict({n: s if n in defaults else _without_default(s) for n, s in schemas.items()})
        validator = self._built(core_schema.list_schema(row))
        return partial(validator.validate_python, strict=False, by_alias=False, by_name=True)

    def _built(self, schema: Any) -> SchemaValidator:
        return SchemaValidator(core_schema.definitions_schema(schema, self.definitions) if self.definitions else schema)

    @cached_property
    def definitions(self) -> list[CoreSchema]:
        """The schemas that others reference by name."""
        schema: Any = self._model.__pydantic_core_schema__
        return schema["definitions"] if schema["type"] == "definitions" else []

    def _typed_dict(self, schemas: Mapping[str, Any]) -> CoreSchema:
        fields = {name: core_schema.typed_dict_field(schema, required=False) for name, schema in schemas.items()}
        return core_schema.typed_dict_schema(fields, config=self.config)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The schemas of the fields by name, each wrapped in a schema for a field."""
        return self._inside(self._schema, "model-fields")["fields"]  # type: ignore[no-any-return]

    @cached_property
    def config(self) -> CoreConfig | None:
        """The part of ``model_config`` that affects values, such as stripping whitespace."""
        return self._schema.get("config")  # type: ignore[no-any-return]

    @property
    def runs_code(self) -> bool:
        """Whether creating a model calls code of the user: ``__init__`` or ``model_post_init``."""
        return bool(self._schema.get("custom_init") or self._schema.get("post_init"))

    @cached_property
    def _schema(self) -> Any:
        return self._inside(self._model.__pydantic_core_schema__, "model")

    def _inside(self, schema: Any, kind: str) -> Any:
        """The schema of that kind inside ``schema``, which may be wrapped in validators or a reference."""
        *_, found = self._way(schema, kind)
        return found

    def around(self) -> list[str]:
        """The kinds of the schemas between that of the model and that of its fields."""
        return [each["type"] for each in self._way(self._model.__pydantic_core_schema__, "model-fields")]

    def _way(self, schema: Any, kind: str) -> Iterator[Any]:
        """The schema and the ones inside it, down to the first of this kind."""
        yield schema
        while schema["type"] != kind:
            if schema["type"] == "definition-ref":
                schema = next(each for each in self.definitions if each.get("ref") == schema["schema_ref"])
            else:
                schema = schema["schema"]
            yield schema


def _without_default(schema: Any) -> Any:
    return schema["schema"] if schema["type"] == "default" else schema


def refusal(where: str, error: ValidationError | KeyError, cql_type: CqlType, depth: int = 0) -> InvalidQueryError:
    """The error for a value that a validator refused; ``depth`` is that of `describe`."""
    if isinstance(error, KeyError):
        return InvalidQueryError(f"{where}: {ALONE}")
    found = found_in(error)
    return InvalidQueryError(f"{where}: {describe(found, cql_type, depth)}", found)


def found_in(error: ValidationError) -> list[ErrorDetails]:
    """Pydantic's error details, each with its location, its message and the value."""
    return error.errors(include_url=False)


def describe(found: Sequence[ErrorDetails], cql_type: CqlType, depth: int = 0) -> str:
    """Pydantic's errors as text, for a value of that type that is ``depth`` steps inside what was validated.

    The text contains neither the value, nor keys of maps on the way to it, nor the messages of the user's validators.
    """
    return "; ".join(dict.fromkeys(_one_error(item, cql_type, depth) for item in found))


def _one_error(item: ErrorDetails, cql_type: CqlType, depth: int) -> str:
    place = ".".join(_path(item["loc"][depth:], cql_type))
    return f"at {place}: {_message(item)}" if place else _message(item)


def _path(steps: Sequence[int | str], cql_type: CqlType | None) -> Iterator[str]:
    """The steps of a location, as far as the type shows that they are indexes or field names and not keys of maps."""
    for step, after in zip_longest(steps, steps[1:]):
        match cql_type:
            case List() | Set() | Vector() if isinstance(step, int):
                cql_type = cql_type.element
            case Tuple(elements) if isinstance(step, int) and step < len(elements):
                cql_type = elements[step]
            case Udt(_, fields) if step in dict(fields):
                cql_type = dict(fields)[str(step)]
            case Map(key, value):
                step, cql_type = ("[key]", key) if after == "[key]" else ("[value]", value)
            case _:
                return
        yield str(step)


# Messages of Pydantic that contain part of the input, and their replacements.
_INSTEAD: Final = {
    "iteration_error": "Input cannot be iterated over",
    "mapping_type": "Input should be a valid mapping",
    "bytes_invalid_encoding": "Data should be valid in the encoding of its type",
    "datetime_object_invalid": "Input should be a valid datetime object",
    "timezone_offset": "Input should have the timezone offset that its type asks for",
    "union_tag_invalid": "Input has a tag that no member of the union has",
    "uuid_parsing": "Input should be a valid UUID",
}
_PLAIN: Final = frozenset(get_args(core_schema.ErrorType)).union(("ip_any_address", "ip_v4_address", "ip_v6_address"))
_FOREIGN: Final = frozenset(("value_error", "assertion_error", "get_attribute_error"))


def _message(item: ErrorDetails) -> str:
    kind = item["type"]
    if isinstance(cell := item["input"], Unreadable):
        return cell.why
    if isinstance(own := item.get("ctx", {}).get("error"), Unfit):
        return str(own)
    if kind in _FOREIGN or kind not in _PLAIN:  # the message is not Pydantic's own
        return f"a validator refuses it ({kind}), see .errors"
    return _INSTEAD.get(kind, item["msg"])
