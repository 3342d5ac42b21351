"""Elements of the value of a field: a key or element of a collection, or one field of a user-defined type.

They are validated and converted to border values in the same way as the whole value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import partial
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import SchemaValidator

from coodie._raise import raise_alone
from coodie.mapping.annotations import unwrap
from coodie.mapping.codecs import codec_of, part_names
from coodie.mapping.datetimes import with_cql_datetimes
from coodie.mapping.natives import Codec
from coodie.mapping.usertype import UserType
from coodie.mapping.validation import UNENCODABLE, Validators, misfit, refusal


class ElementCodec:
    """The validation of one element, and its conversion to a border value."""

    def __init__(self, where: str, validate: Callable[[Any], Any], codec: Codec, depth: int = 0) -> None:
        self._where, self._validate, self._codec, self._depth = where, validate, codec, depth
        self._encode = codec.encode

    def in_memory(self, value: Any) -> Any:
        """The value as a document holds it. Raises `InvalidQueryError`."""
        try:
            return self._validate(value)
        except (ValidationError, KeyError) as error:
            raise_alone(refusal(self._where, error, self._codec.type, self._depth))

    def bound(self, value: Any) -> Any:
        """The border value for ``value``, which is validated first. Raises `InvalidQueryError`."""
        return self.encoded(self.in_memory(value))

    def encoded(self, value: Any) -> Any:
        """The border value for a value that a document holds. Raises `InvalidQueryError`."""
        try:
            return value if value is None or self._encode is None else self._encode(value)
        except UNENCODABLE as error:
            raise_alone(misfit(self._where, value, error))


def key_codec(model: type[BaseModel], name: str) -> ElementCodec:
    """The codec for a key of a map."""
    return _argument(model, name, 0)


def element_codec(model: type[BaseModel], name: str) -> ElementCodec:
    """The codec for a value of a map, or for an element of a list or set."""
    return _argument(model, name, -1)


def udt_parts(model: type[BaseModel], name: str) -> dict[str, str]:
    """The fields of a user-defined type: their names on the server by their names in its class."""
    return part_names(_bare(model.model_fields[name]))


def udt_field_codec(model: type[BaseModel], name: str, field: str) -> ElementCodec:
    """The codec for one field of a user-defined type."""
    udt: type[UserType] = _bare(model.model_fields[name])
    info = udt.model_fields[field]
    validate = Validators(udt).some
    codec = codec_of(info.annotation, tuple(info.metadata))
    return ElementCodec(f"{model.__name__}.{name}.{field}", lambda value: validate({field: value})[field], codec, 1)


def with_udt_field(model: type[BaseModel], name: str, old: UserType | None, field: str, value: Any) -> UserType | None:
    """A value of a user-defined type with one field changed.

    None if there was no value and the other fields are not all optional, since the result is then unknown; also if the
    new value of the field is None, since the whole value then stays null.
    """
    if old is not None:
        return old.model_copy(update={field: value})
    udt: type[UserType] = _bare(model.model_fields[name])
    if value is None or any(info.is_required() for other, info in udt.model_fields.items() if other != field):
        return None
    return udt.model_construct({field}, **{field: value})


def _argument(model: type[BaseModel], name: str, place: int) -> ElementCodec:
    arguments = [argument for argument in get_args(_bare(model.model_fields[name])) if argument is not Ellipsis]
    bare = unwrap(arguments[place]).bare
    # A user-defined type has its own configuration, and so has a dataclass such as CqlDuration.
    own = is_dataclass(bare) or (isinstance(bare, type) and issubclass(bare, BaseModel))
    config = None if own else model.model_config
    adapter: TypeAdapter[Any] = TypeAdapter(arguments[place], config=config)
    # The schema of the whole model already normalises datetimes; this is the schema of a bare type.
    validator = SchemaValidator(with_cql_datetimes(adapter.core_schema), Validators(model).config)
    validate = partial(validator.validate_python, strict=False)
    return ElementCodec(f"{model.__name__}.{name}", validate, codec_of(arguments[place]))


def _bare(info: FieldInfo) -> Any:
    return unwrap(info.annotation, tuple(info.metadata)).bare
