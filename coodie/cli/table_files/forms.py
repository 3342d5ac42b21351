"""Values of CQL types as JSON values, and as the text of a cell of CSV, both ways.

==============================  ===========================================================
CQL                             JSON
==============================  ===========================================================
boolean                         true, false
integers, counter               a number
float, double                   a number, or ``"NaN"``, ``"Infinity"``, ``"-Infinity"``
decimal                         a string, which keeps its digits
text, ascii, uuid, inet         a string
blob                            a string of hexadecimal digits: ``"0xcafe"``
timestamp                       ``"2030-01-01T09:00:00.000Z"``, or milliseconds since 1970
date                            ``"2030-01-01"``, or days since 1970
time                            ``"09:05:00"``, or nanoseconds since midnight
duration                        ``"1mo2d3h"``
list, set, vector, tuple        an array
map                             an object if its keys are strings here, else an array of pairs
a user-defined type             an object
==============================  ===========================================================

A cell of CSV is the string without quotes, or else the JSON. The numbers of dates and times are for those that Python
cannot hold. Reading takes a string for each native type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from uuid import UUID

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.cql.border import check
from coodie.cql.codecs.times import write_duration
from coodie.cql.encode import order_of
from coodie.cql.instants import DATES, MOMENTS, TIMES, Counted
from coodie.cql.parsing.values import duration
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import UdtValue, as_text

Convert: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """The conversion of the values of a type, other than null, to what a file holds, and back.

    ``read`` raises ValueError, whose message has no value, for anything that is no value of the type.
    """

    write: Convert
    read: Convert


def json_form(cql_type: CqlType) -> Form:
    """The form of a type in JSON."""
    form = _form(cql_type, hashable=False)
    return Form(form.write, checked(cql_type, form.read))


def csv_form(cql_type: CqlType) -> Form:
    """The form of a type as the text of a cell."""
    form = json_form(cql_type)
    if isinstance(cql_type, Native):
        return Form(lambda value: _text(form.write(value)), form.read)
    return Form(lambda value: as_json(form.write(value)), lambda text: form.read(read_json(text)))


def as_json(value: Any) -> str:
    """A JSON value as text, on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def read_json(text: str) -> Any:
    """The JSON value of a text; numbers keep their digits. Raises ValueError for a text that is no JSON."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except _Unfit:
        raise
    except (ValueError, RecursionError) as error:
        at = f": line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ValueError(f"it is no JSON{at}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Unfit("an object has a key twice")
    return found


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)


def checked(cql_type: CqlType, read: Convert) -> Convert:
    """``read``, whose result is checked, and whose errors all are ValueErrors without values."""

    def read_checked(value: Any) -> Any:
        try:
            found = read(value)
        except _Unfit:
            raise
        except (ArithmeticError, AttributeError, InvalidQueryError, LookupError, TypeError, ValueError):
            raise ValueError(f"it is no {cql_type}") from None
        try:
            check(cql_type, found)
        except (TypeError, ValueError) as error:
            raise ValueError(f"it is no {cql_type}: {error}") from None
        return found

    return read_checked


class _Unfit(ValueError):
    """An error whose message has no value."""


def _form(cql_type: CqlType, *, hashable: bool) -> Form:
    """The form of a type; values that are read can be elements of a set if ``hashable``."""
    match cql_type:
        case Native(name):
            return _NATIVES[name]
        case List(element) | Vector(element):
            return _sequence(element, tuple if hashable else list, hashable)
        case Set(element):
            return _set(element, frozenset if hashable else set)
        case Map(key, value):
            return _map(key, value, UdtValue if hashable else dict)
        case Tuple(elements):
            return _tuple([_form(each, hashable=hashable) for each in elements])
        case Udt(_, fields):
            return _udt(cql_type, {name: _form(each, hashable=False) for name, each in fields})
        case _:
            raise ValueError(f"a value of the type {cql_type} has no form in a file")


def _sequence(element: CqlType, make: Callable[[Iterable[Any]], Any], hashable: bool) -> Form:
    form = _form(element, hashable=hashable)
    return Form(
        lambda value: [form.write(item) for item in value],
        lambda value: make([form.read(item) for item in _array(value)]),
    )


def _set(element: CqlType, make: Callable[[Iterable[Any]], Any]) -> Form:
    form = _form(element, hashable=True)
    place = order_of(element)
    return Form(
        lambda value: [form.write(item) for item in sorted(value, key=place)],
        lambda value: make([form.read(item) for item in _array(value)]),
    )


def _map(key: CqlType, item: CqlType, make: Callable[[Iterable[Any]], Any]) -> Form:
    keys, items = _form(key, hashable=True), _form(item, hashable=False)
    place = order_of(key)

    def pairs(value: Mapping[Any, Any]) -> list[list[Any]]:
        return [[keys.write(name), items.write(value[name])] for name in sorted(value, key=place)]

    def read_back(value: Any) -> Any:
        found = value.items() if _is(value, dict) else [_pair(each) for each in _array(value)]
        return make([(keys.read(name), items.read(each)) for name, each in found])

    as_object = isinstance(key, Native) and key.name in _STRINGS
    return Form((lambda value: dict(pairs(value))) if as_object else pairs, read_back)


def _tuple(elements: list[Form]) -> Form:
    def write(value: Any) -> list[Any]:
        return [None if item is None else each.write(item) for each, item in zip(elements, value, strict=True)]

    def read(value: Any) -> tuple[Any, ...]:
        items = _array(value)
        if len(items) != len(elements):
            raise _Unfit(f"a tuple of {len(elements)} has {len(items)} elements")
        return tuple(None if item is None else each.read(item) for each, item in zip(elements, items, strict=True))

    return Form(write, read)


def _udt(cql_type: Udt, fields: dict[str, Form]) -> Form:
    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        return {name: None if (item := value.get(name)) is None else form.write(item) for name, form in fields.items()}

    def read(value: Any) -> UdtValue:
        if not _is(value, dict) or not value.keys() <= fields.keys():
            raise _Unfit(f"a {cql_type.name} is an object with the keys {', '.join(fields)}")
        return UdtValue(
            (name, None if (item := value.get(name)) is None else form.read(item)) for name, form in fields.items()
        )

    return Form(write, read)


def _array(value: Any) -> list[Any]:
    if not _is(value, list):
        raise _Unfit(f"an array is wanted, not {_json_type(value)}")
    found: list[Any] = value
    return found


def _pair(value: Any) -> list[Any]:
    if len(_array(value)) != 2:
        raise _Unfit("an entry of a map is an array of a key and a value")
    return _array(value)


def _json_type(value: Any) -> str:
    return "null" if value is None else a_type(value)


def _is(value: Any, *types: type) -> bool:
    """``isinstance`` that does not narrow, since mypy and pyright disagree about what Any is narrowed to."""
    return isinstance(value, types)


def _same(value: Any) -> Any:
    return value


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit(f"a string is wanted, not {_json_type(value)}")
    return value


_WHOLE: Final = re.compile(r"[+-]?\d+", re.ASCII)


def _read_whole(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    return value


def _read_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[value.lower()] if value.lower() in ("true", "false") else _refused()


def _refused() -> Any:
    raise ValueError


_NOT_FINITE: Final = {float("inf"): "Infinity", float("-inf"): "-Infinity"}


def _write_float(value: float) -> Any:
    return "NaN" if value != value else _NOT_FINITE.get(value, value)


def _read_float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise ValueError
    found = float(value)
    if found in _NOT_FINITE and not (isinstance(value, str) and "inf" in value.lower()):
        raise ValueError
    return found


def _read_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ValueError from None


def _write_blob(value: bytes) -> str:
    return f"0x{bytes(value).hex()}"


def _read_blob(value: Any) -> bytes:
    if value[:2].lower() != "0x":
        raise _Unfit("a blob begins with 0x")
    return bytes.fromhex(value[2:])


_DURATION: Final = re.compile(r"-?(?:\d+(?:mo|ms|us|ns|µs|[ywdhms]))+", re.IGNORECASE | re.ASCII)


def _read_duration(value: Any) -> Any:
    return duration(value) if _DURATION.fullmatch(value) else _refused()


def _counted(kind: Counted, write: Convert, read: Convert) -> Form:
    def written(value: Any) -> Any:
        found = kind.number_in(value)
        return write(value) if found is None else found

    def read_back(value: Any) -> Any:
        if isinstance(value, str) and not _WHOLE.fullmatch(value):
            return read(value)
        return kind.value_of(_read_whole(value))

    return Form(written, read_back)


def _write_timestamp(value: datetime) -> str:
    return f"{value.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _read_timestamp(text: str) -> datetime:
    found = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text)
    found = found.replace(tzinfo=timezone.utc) if found.tzinfo is None else found.astimezone(timezone.utc)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


_INTEGER: Final = Form(_same, _read_whole)
_FLOAT: Final = Form(_write_float, _read_float)
_TEXT: Final = Form(_same, _read_text)
_UUID: Final = Form(as_text, lambda value: UUID(_read_text(value)))
_NATIVES: Final[dict[str, Form]] = {
    "ascii": _TEXT,
    "bigint": _INTEGER,
    "blob": Form(_write_blob, _read_blob),
    "boolean": Form(_same, _read_boolean),
    "counter": _INTEGER,
    "date": _counted(DATES, date.isoformat, date.fromisoformat),
    "decimal": Form(as_text, _read_decimal),
    "double": _FLOAT,
    "duration": Form(write_duration, _read_duration),
    "float": _FLOAT,
    "inet": Form(as_text, lambda value: ip_address(_read_text(value))),
    "int": _INTEGER,
    "smallint": _INTEGER,
    "text": _TEXT,
    "time": _counted(TIMES, time.isoformat, time.fromisoformat),
    "timestamp": _counted(MOMENTS, _write_timestamp, _read_timestamp),
    "timeuuid": _UUID,
    "tinyint": _INTEGER,
    "uuid": _UUID,
    "varint": _INTEGER,
}
_STRINGS: Final = frozenset({"ascii", "blob", "decimal", "inet", "text", "timeuuid", "uuid"})
"""The types whose JSON is always a string."""
