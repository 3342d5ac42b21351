"""The CQL type of an annotation, and the conversion of its values to the driver border and back.

``encode`` turns the value of a model into a border value (the table in ``cql/values.py``); ``decode`` turns a border
value into something that Pydantic can validate. If a value needs no conversion the function is None, which saves a
call.
"""

from __future__ import annotations

import types as python_types
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, EncodedBytes, TypeAdapter
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError

from coodie._errors import InvalidQueryError
from coodie.cql.natives import NATIVES
from coodie.cql.types import NATIVE, CqlType, List, Map, Set, Tuple, Udt, Vector, freeze, is_collection
from coodie.cql.values import UdtValue
from coodie.fields import Column, Counter, Frozen, Stored, TypeMarker
from coodie.fields import Vector as VectorMarker
from coodie.mapping.annotations import Annotation, extras, field_annotation, is_recoded, unwrap
from coodie.mapping.choices import choices_of, converts, enum_value
from coodie.mapping.datetimes import NUMBERS
from coodie.mapping.foreign import serialized_codec, stored_codec
from coodie.mapping.markers import check_inside
from coodie.mapping.natives import CODECS, Codec, Convert, address_of
from coodie.mapping.usertype import UserType
from coodie.mapping.validation import Unfit


class UnknownType(Exception):
    """The annotation has no CQL type; turned into a `ModelError` where the class and the field are known."""


def codec_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Codec:
    """The codec of an annotation. Raises `UnknownType`, which says what is wrong with it."""
    return _codec(unwrap(annotation, metadata))


def _codec(annotation: Annotation) -> Codec:
    vector = annotation.marker(VectorMarker)
    if vector is not None:
        return _vector(annotation, vector.dimensions)
    codec = _of_value(annotation)
    frozen = annotation.marker(Frozen)
    if frozen is None:
        return codec
    return Codec(_refrozen(codec.type, frozen.frozen), codec.encode, codec.decode)


def _of_value(annotation: Annotation) -> Codec:
    if (stored := annotation.marker(Stored)) is not None:
        return stored_codec(codec_of(stored.type), stored)
    try:
        return _chosen(_marked(_bare(annotation.bare), annotation), annotation.bare)
    except UnknownType:
        serializer = annotation.serializer
        if serializer is None:
            raise
        return serialized_codec(codec_of(serializer.return_type), serializer)


def _chosen(codec: Codec, bare: Any) -> Codec:
    if not choices_of(bare):
        return codec
    try:
        return Codec(codec.type, *converts(bare, codec.type, codec.encode, codec.decode))
    except Unfit as error:
        raise UnknownType(f"{_spelled(bare)}: {error}") from None


def _refrozen(cql_type: CqlType, frozen: bool) -> CqlType:
    match cql_type, frozen:
        case ((List() | Set() | Map() | Udt()), True):
            return freeze(cql_type)
        case Udt(name, fields), False:
            return Udt(name, fields, frozen=False)
        case List(element), False:
            return List(element)
        case Set(element), False:
            return Set(element)
        case Map(key, value), False:
            return Map(key, value)
        case _:
            raise UnknownType(f"{cql_type} cannot be marked Frozen; only collections and user-defined types can")


def _marked(codec: Codec, annotation: Annotation) -> Codec:
    if annotation.marker(Counter) is not None:
        if codec.type != NATIVE["bigint"]:
            raise UnknownType(f"a counter must be an int, not {_spelled(annotation.bare)}")
        return Codec(NATIVE["counter"])
    marker = annotation.marker(TypeMarker)
    if marker is None or NATIVE[marker.cql_name] == codec.type:
        return codec
    if marker.cql_name == "inet" and codec.type == NATIVE["text"]:
        return Codec(NATIVE["inet"], address_of, str)
    if NATIVES[marker.cql_name].base != str(codec.type):
        raise UnknownType(f"{marker!r} does not fit {_spelled(annotation.bare)}")
    return Codec(NATIVE[marker.cql_name], codec.encode, NUMBERS.get(marker.cql_name, codec.decode))


def _bare(bare: Any) -> Codec:
    if is_recoded(bare):
        return _recoded(bare)
    if not isinstance(bare, python_types.GenericAlias) and bare in CODECS:
        return CODECS[bare]
    origin = get_origin(bare)
    if origin in _GENERIC:
        return _GENERIC[origin](*get_args(bare))
    if choices_of(bare):
        return _of_values(bare)
    if origin in (Union, python_types.UnionType):
        return _union(bare)
    if isinstance(bare, type):
        return _class(bare)
    raise UnknownType(f"{_spelled(bare)} has no CQL type")


def _class(bare: type[Any]) -> Codec:
    if bare in _GENERIC:
        raise UnknownType(f"a bare {bare.__name__} does not say what is in it; write {bare.__name__}[...]")
    if issubclass(bare, Enum):
        return _of_values(bare)
    if issubclass(bare, UserType):
        return _udt(bare)
    if issubclass(bare, BaseModel):
        raise UnknownType(f"{bare.__name__} is a Pydantic model; derive it from coodie.UserType to store it as a UDT")
    return _by_schema(bare)


_JSON_TYPES: Final = {"string": "text", "integer": "bigint", "number": "double", "boolean": "boolean"}


def _by_schema(bare: type[Any]) -> Codec:
    """The codec of a class that only Pydantic knows, such as ``HttpUrl``: it is stored in its serialised form."""
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(bare)
        name = _JSON_TYPES[adapter.json_schema(mode="serialization")["type"]]
    except (PydanticUserError, KeyError):
        raise UnknownType(f"{_spelled(bare)} has no CQL type") from None
    return Codec(NATIVE[name], _dumper(adapter, mode="json"))


def _dumper(adapter: TypeAdapter[Any], **how: Any) -> Convert:
    def encode(value: Any) -> Any:
        try:
            return adapter.dump_python(value, warnings="error", **how)
        except PydanticSerializationError:  # its message contains the value
            raise TypeError("a value of another type is needed") from None

    return encode


def _recoded(bare: Any) -> Codec:
    """The codec of ``Json[...]``, ``Base64Bytes`` ...: stored in their input form, since a loaded row is validated."""
    inner, *outer = get_args(bare) or (Any,)
    if unwrap(inner).optional:
        raise UnknownType(
            "a None in JSON could not be distinguished from null; write Json[...] | None, with the None outside"
        )
    adapter: TypeAdapter[Any] = TypeAdapter(bare)
    if any(isinstance(each, EncodedBytes) for each in outer):
        return Codec(NATIVE["blob"], _dumper(adapter))
    return Codec(NATIVE["text"], _dumper(adapter, mode="json", round_trip=True))


def _of_values(bare: Any) -> Codec:
    codecs = {CODECS.get(type(enum_value(choice))) for choice in choices_of(bare)}
    if len(codecs) != 1 or None in codecs:
        raise UnknownType(f"the values of {_spelled(bare)} do not have one common CQL type")
    (codec,) = codecs
    assert codec is not None
    return codec


def _union(bare: Any) -> Codec:
    codecs = [_codec(unwrap(member)) for member in get_args(bare)]
    if any(codec != codecs[0] for codec in codecs):
        raise UnknownType(f"{_spelled(bare)} has no single CQL type")
    return codecs[0]


def _list(element: Any) -> Codec:
    inner = codec_of(element)
    return Codec(
        List(freeze(inner.type)),
        _items(list, inner.encode, list[Any].copy),
        inner.decode and _items(list, inner.decode),
    )


def _set(element: Any) -> Codec:
    inner = codec_of(element)
    return Codec(
        Set(freeze(inner.type)), _items(set, inner.encode, set[Any].copy), inner.decode and _items(set, inner.decode)
    )


def _frozenset(element: Any) -> Codec:
    inner = codec_of(element)
    decode = inner.decode and _items(frozenset, inner.decode)
    return Codec(Set(freeze(inner.type), True), _items(frozenset, inner.encode), decode)


def _dict(key: Any, value: Any) -> Codec:
    keys, values = codec_of(key), codec_of(value)
    decode = _pairs(keys.decode, values.decode) if keys.decode or values.decode else None
    return Codec(Map(freeze(keys.type), freeze(values.type)), _pairs(keys.encode, values.encode), decode)


def _tuple(*elements: Any) -> Codec:
    if len(elements) == 2 and elements[1] is Ellipsis:
        inner = codec_of(elements[0])
        decode = inner.decode and _items(tuple, inner.decode)
        return Codec(List(freeze(inner.type), True), _items(tuple, inner.encode), decode)
    parts = [codec_of(element) for element in elements]
    encode = _parts([part.encode for part in parts])
    return Codec(Tuple(tuple(freeze(part.type) for part in parts)), encode, _parts([part.decode for part in parts]))


_GENERIC: Final[dict[Any, Callable[..., Codec]]] = {
    list: _list,
    set: _set,
    frozenset: _frozenset,
    dict: _dict,
    tuple: _tuple,
}


def _vector(annotation: Annotation, dimensions: Any) -> Codec:
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or dimensions < 1:
        raise UnknownType(f"the dimensions of a vector must be a number of at least 1, not {dimensions!r}")
    codec = _bare(annotation.bare)
    if not isinstance(codec.type, List):
        raise UnknownType(f"Vector({dimensions}) does not fit {_spelled(annotation.bare)}; write list[float]")
    # A list of floats holds doubles, but a vector holds 32-bit floats, the only ones that similarity search supports.
    element = NATIVE["float"] if get_args(annotation.bare)[0] is float else codec.type.element
    return Codec(Vector(element, dimensions), codec.encode, codec.decode)


def _udt(bare: type[UserType]) -> Codec:
    if extra := extras(bare):
        raise UnknownType(f"the user-defined type {bare.__name__} has {extra}")
    parts = {name: _udt_part(bare, name) for name in bare.model_fields}
    columns = part_names(bare)
    fields = tuple((columns[name], freeze(codec.type)) for name, (codec, _) in parts.items())
    # A collection without a default is empty in a value that was written before the type had that field.
    empties: dict[str, Any] = {
        name: {} if isinstance(codec.type, Map) else ()
        for name, (codec, optional) in parts.items()
        if is_collection(codec.type) and not optional and bare.model_fields[name].is_required()
    }

    def encode(value: Any) -> UdtValue:
        data = value.__dict__
        return UdtValue((columns[name], _optional(codec.encode, data[name])) for name, (codec, _) in parts.items())

    def decode(value: dict[str, Any]) -> UdtValue:
        found = UdtValue(
            (name, _optional(codec.decode, value[columns[name]]))
            for name, (codec, optional) in parts.items()
            # A null that the model does not allow, and a field that the row lacks, get the default of the model.
            if columns[name] in value and (optional or value[columns[name]] is not None)
        )
        return UdtValue(empties | found) if empties and not empties.keys() <= found.keys() else found

    return Codec(Udt(bare.type_name(), fields), encode, decode)


def part_names(bare: type[UserType]) -> dict[str, str]:
    """The names that the fields of a user-defined type have on the server, by their names in the class."""
    names: dict[str, str] = {}
    for name in bare.model_fields:
        column = field_annotation(bare, name).marker(Column)
        names[name] = name if column is None else column.name
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    if twice:
        raise UnknownType(f"the user-defined type {bare.__name__} has two fields called {min(twice)!r} on the server")
    return names


def _udt_part(bare: type[UserType], name: str) -> tuple[Codec, bool]:
    annotation = field_annotation(bare, name)
    try:
        check_inside(annotation, "in a user-defined type", (Column,))
    except InvalidQueryError as error:
        raise UnknownType(f"field {name} of the user-defined type {bare.__name__}: {error}") from None
    return _codec(annotation), annotation.optional


def _optional(convert: Convert | None, value: Any) -> Any:
    return value if value is None or convert is None else convert(value)


def _items(make: Convert, convert: Convert | None, copy: Convert | None = None) -> Convert:
    """The function that copies a collection and converts its elements, so that later changes have no effect.

    ``copy`` is used if elements need no conversion. It is ``list.copy``, which refuses anything but a list; ``list``
    itself would split a str into letters.
    """
    if convert is None:
        return copy or make
    return lambda values: make([None if value is None else convert(value) for value in values])


def _pairs(key: Convert | None, value: Convert | None) -> Convert:
    if key is None and value is None:
        return dict[Any, Any].copy
    keys, values = key or _same, value or _same
    return lambda items: {keys(k): None if v is None else values(v) for k, v in items.items()}


def _parts(converts: list[Convert | None]) -> Convert | None:
    if not any(converts):
        return None
    each = [convert or _same for convert in converts]
    return lambda values: tuple(
        None if value is None else convert(value) for convert, value in zip(each, values, strict=True)
    )


def _same(value: Any) -> Any:
    return value


def _spelled(bare: Any) -> str:
    return bare.__name__ if isinstance(bare, type) and get_origin(bare) is None else str(bare)
