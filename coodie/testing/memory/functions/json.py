"""Reads JSON as ``from_json`` and INSERT JSON do: from a text to the value of a type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, Final, NoReturn

from coodie.cql.types import DURATION, NATIVE, TEXT, CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import terms as errors
from coodie.testing.memory.errors.base import CqlError, check_refusal
from coodie.testing.memory.functions.json_texts import json_text
from coodie.testing.memory.functions.registry import Factory, Function, Parameter, register
from coodie.testing.memory.java import double_text
from coodie.testing.memory.literal_types import from_text, hex_bytes
from coodie.testing.memory.packing import pack_fields, pack_list, pack_map, pack_set, pack_vector
from coodie.testing.memory.typed import Value


def _is(value: Any, kind: type) -> bool:
    """``isinstance`` that does not narrow, since mypy and pyright disagree about what Any is narrowed to."""
    return isinstance(value, kind)


class WrongJson(Exception):
    """A JSON value that a type does not accept; the message is the server's."""


class _NoJson(Exception):
    pass


def _refuse(word: str) -> NoReturn:
    raise _NoJson


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
_SPACE: Final = " \t\r\n"


def _parsed(text: str) -> Any:
    """The first JSON value in a text. The server ignores the rest, but a number must end before it."""
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        raise _NoJson from None
    if isinstance(value, (int, float)) and end < len(text) and text[end] not in _SPACE:
        raise _NoJson
    return value


def _java(value: Any) -> tuple[str, str]:
    """The Java class for a JSON value, and its text."""
    if value is None:
        return "null", "null"
    if _is(value, bool):
        return "Boolean", str(value).lower()
    if _is(value, int):
        bits = value.bit_length()
        return "Integer" if bits < 32 else "Long" if bits < 64 else "BigInteger", str(value)
    if _is(value, float):
        return "Double", double_text(value)
    if _is(value, list):
        return "ArrayList", f"[{', '.join(_java(each)[1] for each in value)}]"
    if _is(value, dict):
        return "LinkedHashMap", f"{{{', '.join(f'{name}={_java(each)[1]}' for name, each in value.items())}}}"
    return "String", str(value)


def _expected(what: str, value: Any) -> WrongJson:
    kind, text = _java(value)
    return WrongJson(f"Expected {what}, but got a {kind}: {text}")


def _text(cql_type: CqlType, text: str) -> bytes:
    try:
        return from_text(cql_type, text)
    except CqlError as error:
        if cql_type == DURATION:
            raise
        raise WrongJson(error.message) from None


_WANTED: Final = {
    "ascii": "an ascii string",
    "bigint": "a bigint value",
    "boolean": "a boolean value",
    "counter": "a bigint value",
    "date": "a string representation of a date value",
    "double": "a double value",
    "duration": "a string representation of a duration",
    "float": "a float value",
    "inet": "a string representation of an inet value",
    "int": "an int value",
    "smallint": "a short value",
    "text": "a UTF-8 string",
    "time": "a string representation of a time value",
    "timestamp": "a long or a datestring representation of a timestamp value",
    "timeuuid": "a string representation of a timeuuid",
    "tinyint": "a byte value",
    "uuid": "a string representation of a uuid",
}
_WIDTHS: Final = {"int": 32, "bigint": 64, "counter": 64, "timestamp": 64}
_long: Final = Struct(">q").pack


def _native(name: str, value: Any) -> bytes:
    kind = NATIVE[name]
    if name == "blob":
        return _blob(value)
    if name in ("decimal", "varint"):
        return _big(name, value)
    if isinstance(value, str):
        return _string(name, value)
    if isinstance(value, bool):
        if name == "boolean":
            return b"\x01" if value else b"\x00"
    elif name == "timestamp" and isinstance(value, int) and value.bit_length() < 32:
        pass  # the server accepts a Java long, which is an int here
    elif isinstance(value, int) and name in _WIDTHS and -(1 << _WIDTHS[name] - 1) <= value < 1 << _WIDTHS[name] - 1:
        return _text(kind, str(value))
    elif isinstance(value, (int, float)) and name in ("float", "double", "tinyint", "smallint"):
        return _number(name, value)
    raise _expected(_WANTED[name], value)


def _number(name: str, value: int | float) -> bytes:
    if name in ("tinyint", "smallint"):
        return _text(NATIVE[name], _java(value)[1])
    if isinstance(value, float) and abs(value) == float("inf"):
        return from_text(NATIVE[name], "Infinity" if value > 0 else "-Infinity")
    return _text(NATIVE[name], repr(float(value)) if isinstance(value, float) else str(value))


def _string(name: str, value: str) -> bytes:
    return b"" if name == "duration" and not value else _text(NATIVE[name], value)


def _blob(value: Any) -> bytes:
    kind, text = _java(value)
    if not isinstance(value, str):
        owner = "util" if kind in ("ArrayList", "LinkedHashMap") else "math" if kind == "BigInteger" else "lang"
        name = f"java.{owner}.{kind}"
        why = f"class {name} cannot be cast to class java.lang.String ({name} and java.lang.String are in module"
        why += " java.base of loader 'bootstrap')"
    elif not value.startswith("0x"):
        why = f"String representation of blob is missing 0x prefix: {value}"
    else:
        try:
            return hex_bytes(value[2:])
        except CqlError as error:
            check_refusal(error)
            why = error.message
    raise WrongJson(f"Value '{text}' is not a valid blob representation: {why}")


def _big(name: str, value: Any) -> bytes:
    text = _java(value)[1]
    try:
        if name == "varint" and not text:
            raise _NoJson
        return from_text(NATIVE[name], text)
    except (CqlError, _NoJson):
        raise WrongJson(f"Value '{text}' is not a valid representation of a {name} value") from None


def _unquoted(value: Any) -> Any:
    """The value itself; for a string, the collection that it contains."""
    if not isinstance(value, str):
        return value
    try:
        return _parsed(value)
    except _NoJson:
        raise WrongJson("Error decoding JSON string: ") from None


def _list(value: Any, what: str, name: str, element: CqlType) -> list[bytes]:
    value = _unquoted(value)
    if not _is(value, list):
        raise _expected(what, value)
    found: list[bytes] = []
    for each in value:
        if each is None:
            raise WrongJson(f"Invalid null element in {name}")
        found.append(json_bytes(element, each))
    return found


def json_bytes(cql_type: CqlType, value: Any) -> bytes:
    """The bytes of a JSON value as a value of a type. Raises `WrongJson`."""
    match cql_type:
        case Native(name):
            return _native(name, value)
        case List(element):
            return pack_list(_list(value, "a list", "list", element))
        case Set(element):
            return pack_set(_list(value, "a list (representing a set)", "set", element), element)
        case Map(key, item):
            return pack_map(_pairs(value, key, item), key)
        case Tuple(types):
            return _tuple(types, value)
        case Udt(name, fields):
            return _udt(name, dict(fields), value)
        case Vector(element, dimension):
            return _vector(element, dimension, value)
        case _:
            raise gaps.JSON(cql_type)


def _vector(element: CqlType, dimension: int, value: Any) -> bytes:
    value = _unquoted(value)
    if _is(value, list) and len(value) != dimension:
        raise WrongJson(f"List had incorrect size: expected {dimension} but given {len(value)}; {_java(value)[1]}")
    return pack_vector(_list(value, "a list", "list", element), element)


def _pairs(value: Any, key: CqlType, item: CqlType) -> list[tuple[bytes, bytes]]:
    value = _unquoted(value)
    if not _is(value, dict):
        raise _expected("a map", value)
    found: list[tuple[bytes, bytes]] = []
    for name, each in value.items():
        if each is None:
            raise WrongJson("Invalid null value in map")
        found.append((json_bytes(key, name), json_bytes(item, each)))
    return found


def _tuple(types: tuple[CqlType, ...], value: Any) -> bytes:
    value = _unquoted(value)
    if not _is(value, list):
        raise _expected("a list representation of a tuple", value)
    if len(value) > len(types):
        raise WrongJson(f"Tuple contains extra items (expected {len(types)}): {_java(value)[1]}")
    if len(value) < len(types):
        raise WrongJson(f"Tuple is missing items (expected {len(types)}): {_java(value)[1]}")
    parts = zip(types, value, strict=True)
    return pack_fields(None if each is None else json_bytes(kind, each) for kind, each in parts)


def _udt(name: str, fields: Mapping[str, CqlType], value: Any) -> bytes:
    value = _unquoted(value)
    if not _is(value, dict):
        raise _expected("a map", value)
    given = _with_names(value)
    unknown = next((key for key in given if key not in fields), None)
    parts = [None if given.get(key) is None else json_bytes(kind, given[key]) for key, kind in fields.items()]
    if unknown is not None:
        raise WrongJson(f"Unknown field '{unknown}' in value of user defined type {name}")
    return pack_fields(parts)


def folded(name: str) -> str:
    """The column name for a JSON key: in lower case, unless the key contains quotes of its own."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name.lower()


def _with_names(found: dict[str, Any]) -> dict[str, Any]:
    """The values by the names that their keys stand for. One whose key is no name yet replaces another, and comes last
    otherwise.
    """
    given = dict(found)
    for key in found:
        if folded(key) != key:
            given[folded(key)] = given.pop(key)
    return given


def json_values(text: str, columns: Mapping[str, CqlType]) -> dict[str, Value]:
    """The values of an INSERT JSON, by the columns that it names. Raises the server's error."""
    try:
        found = _parsed(text)
    except _NoJson:
        raise errors.JSON_NO_MAP() from None
    if found is None:
        raise errors.JSON_NULL()
    if not _is(found, dict):
        raise errors.JSON_NO_MAP()
    given = _with_names(found)
    values: dict[str, Value] = {}
    for name, kind in columns.items():
        if name in given:
            values[name] = _column(name, kind, given.pop(name))
    if given:
        raise errors.JSON_NO_COLUMN(next(iter(given)))
    return values


def _column(name: str, kind: CqlType, value: Any) -> Value:
    if value is None:
        return None
    try:
        found = _whole(kind, value)
    except WrongJson as error:
        raise errors.JSON_COLUMN(name, error) from None
    if found == b"" and kind in _NEVER_COMPARED:
        raise gaps.EMPTY_SMALL(kind)
    return found


def _whole(kind: CqlType, value: Any) -> bytes | None:
    """The value of a column: one of a user-defined type without a field is none, unless it is one cell."""
    found = json_bytes(kind, value)
    empty = isinstance(kind, Udt) and not kind.frozen and not found.strip(b"\xff")
    return None if empty else found


_NEVER_COMPARED: Final = (NATIVE["smallint"], NATIVE["tinyint"])
_NEVER_EMPTY: Final = (*_NEVER_COMPARED, DURATION)


def _from_json(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    if receiver is None:
        raise errors.JSON_SELECTED(name)
    return Function(name, (TEXT,), receiver, _reader(name, receiver), nulls=True)


def _reader(name: str, receiver: CqlType) -> Callable[[bytes | None], bytes | None]:
    def call(data: bytes | None) -> bytes | None:
        if data is None:
            return None
        text = data.decode()
        try:
            value = _parsed(text)
            found = None if value is None else _whole(receiver, value)
        except _NoJson:
            raise errors.JSON_FAILED(name, text, function=name, arg_types=("text",)) from None
        except WrongJson as error:
            raise errors.JSON_WRONG(error, function=name, arg_types=("text",)) from None
        if found == b"" and receiver in _NEVER_EMPTY:
            raise errors.JSON_RETURN(receiver, receiver)
        return found

    return call


def _to_json(name: str, types: tuple[CqlType, ...], receiver: CqlType | None) -> Function:
    (cql_type,) = types
    write = json_text(cql_type)
    empty = cql_type in _HOLD_EMPTY or isinstance(cql_type, Tuple)

    def call(data: bytes | None) -> bytes:
        return write(data).encode() if data or (data is not None and empty) else b"null"

    return Function("to_json", types, TEXT, call, nulls=True)  # the server keeps the name that was used first


_HOLD_EMPTY: Final = (
    TEXT,
    NATIVE["ascii"],
    NATIVE["blob"],
    DURATION,
    NATIVE["tinyint"],
)  # of the last no text is written


def _is_text(cql_type: CqlType) -> bool:
    return cql_type in (TEXT, NATIVE["ascii"])


_ANY: Final = Parameter("any")
_TEXT: Final = Parameter("text", "an argument of type text", TEXT, _is_text)
register(Factory(name, (_TEXT,), _from_json) for name in ("from_json", "fromjson"))
register(Factory(name, (_ANY,), _to_json) for name in ("to_json", "tojson"))
