"""Validation of bytes against a type, as Cassandra 5.0 does it, with its error messages."""

from __future__ import annotations

from collections.abc import Iterable

from coodie.cql.codecs.codec import SERVER_ERROR, InvalidBytes, Validator
from coodie.cql.frames import fixed_size, unpack_length
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.vints import pack_uvint, unpack_uvint


def validator_of(cql_type: CqlType) -> Validator:
    """The function that raises `InvalidBytes`, with the server's message, for bytes that the server would refuse."""
    match cql_type:
        case List() | Set() | Map():
            return _collection(cql_type, read=True)
        case Udt():
            return _failing(_validator(cql_type))
        case _:
            return _validator(cql_type)


def _failing(validator: Validator) -> Validator:
    """The validator with `SERVER_ERROR` as its code: for a user-defined type that is not nested, the server itself
    fails.
    """

    def validate(data: bytes) -> None:
        try:
            validator(data)
        except InvalidBytes as error:
            if error.code == SERVER_ERROR:
                raise
            text = f"org.apache.cassandra.serializers.MarshalException: {error}"
            raise InvalidBytes(text, SERVER_ERROR) from None

    return validate


def _validator(cql_type: CqlType) -> Validator:
    match cql_type:
        case Native(name):
            return NATIVES[name].codec.validate
        case List() | Set() | Map():
            return _collection(cql_type, read=False)
        case Tuple(types):
            names = [f"{place}th component" for place in range(len(types))]
            return _fields(names, types, "tuple")
        case Udt(_, fields):
            names = [f"{place}th field {name}" for place, (name, _) in enumerate(fields)]
            return _fields(names, [kind for _, kind in fields], "UDT")
        case Vector():
            return _vector(cql_type, _validator(cql_type.element))
        case _:
            raise TypeError(f"{cql_type} has no codec")


def _reader(cql_type: CqlType) -> Validator | None:
    """The second check of a collection: after validating its bytes, the server deserializes it.

    That is stricter about the count of elements, and more lenient about nulls, which it allows in a list.
    """
    match cql_type:
        case List() | Set() | Map():
            return _collection(cql_type, read=True)
        case Vector(element):
            reader = _reader(element)
            return None if reader is None else _vector(cql_type, reader)
        case _:
            return None


def _collection(cql_type: List | Set | Map, read: bool) -> Validator:
    name = type(cql_type).__name__.lower()
    types = [cql_type.key, cql_type.value] if isinstance(cql_type, Map) else [cql_type.element]
    parts = [(_validator(kind), _reader(kind) if read else None) for kind in types]
    too_short = f"Not enough bytes to read a {name}"

    def validate(data: bytes) -> None:
        if len(data) < 4:
            raise InvalidBytes(too_short)
        (count,) = unpack_length(data)
        if read and count < 0:
            raise InvalidBytes(f"The data cannot be deserialized as a {name}")
        at = 4
        for _ in range(count):
            for part, reader in parts:
                cell, at = _cell(data, at, too_short)
                if cell is not None:
                    part(cell)
                    if reader is not None:
                        reader(cell)
                elif not (read and name == "list"):
                    raise InvalidBytes("Null value read when not allowed")
        if at < len(data):
            raise InvalidBytes(f"Unexpected extraneous bytes after {name} value")

    return validate


def _cell(data: bytes, at: int, too_short: str, size_too_short: str | None = None) -> tuple[bytes | None, int]:
    """The length-prefixed value at this position, None for null, and the position after it."""
    if at + 4 > len(data):
        raise InvalidBytes(size_too_short or too_short)
    (size,) = unpack_length(data, at)
    at += 4
    if size < 0:
        return None, at
    if at + size > len(data):
        raise InvalidBytes(too_short)
    return data[at : at + size], at + size


def _fields(names: list[str], types: Iterable[CqlType], kind: str) -> Validator:
    parts = [(name, _validator(cql_type)) for name, cql_type in zip(names, types, strict=True)]

    def validate(data: bytes) -> None:
        at = 0
        for name, part in parts:
            if at == len(data):
                return
            cell, at = _cell(data, at, f"Not enough bytes to read {name}", f"Not enough bytes to read size of {name}")
            if cell is not None:
                _field(part, cell, name if kind == "UDT" else None)
        if at < len(data):
            raise InvalidBytes(f"Invalid remaining data after end of {kind} value")

    return validate


def _field(part: Validator, cell: bytes, name: str | None) -> None:
    try:
        part(cell)
    except InvalidBytes as error:
        if name is None or error.code == SERVER_ERROR:
            raise
        raise InvalidBytes(f"Failure validating the {name}; {error}") from None


def _vector(cql_type: Vector, part: Validator) -> Validator:
    fixed = fixed_size(cql_type.element)

    def validate(data: bytes) -> None:
        if not data:
            raise InvalidBytes("Invalid empty vector value")
        at = 0
        for _ in range(cql_type.dimension):
            if at + (fixed or 1) > len(data):
                raise InvalidBytes(f"Not enough bytes to read a {cql_type}")
            size, at = (fixed, at) if fixed is not None else _vector_size(data, at)
            part(data[at : at + size])
            at += size
        if len(data) > at:
            raise InvalidBytes(f"Unexpected {len(data) - at} extraneous bytes after {cql_type} value")

    return validate


def _vector_size(data: bytes, at: int) -> tuple[int, int]:
    """The length of an element and the position where it begins. For a wrong length the server fails with an error of
    its own instead of refusing the value.
    """
    try:
        size, _ = unpack_uvint(data, at)
    except ValueError:
        size = (1 << 64) - 1
    size -= size >> 63 << 64  # reinterpreted as a signed 64-bit number
    if not -(1 << 31) <= size < 1 << 31:
        name = "org.apache.cassandra.utils.vint.VIntCoding$VIntOutOfRangeException"
        raise InvalidBytes(f"{name}: {size} is out of range for a 32-bit integer", SERVER_ERROR)
    if size < 0:
        text = f"Invalidate data at offset {at}; saw size of {size} but only >= 0 is expected"
        raise InvalidBytes(f"java.lang.AssertionError: {text}", SERVER_ERROR)
    # Not the position where the number really ends: the server assumes that it was written in the fewest bytes
    # possible.
    start = at + len(pack_uvint(size))
    if start + size > len(data):
        text = f"Attempted to read {size}, but the size is {len(data) - start}"
        raise InvalidBytes(f"java.lang.IndexOutOfBoundsException: {text}", SERVER_ERROR)
    return size, start
