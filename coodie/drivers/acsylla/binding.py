"""Makes the vendor's statements: prepared ones wherever it encodes values as coodie does, else ones with raw bytes.

The vendor takes raw bytes for a value of any type only in a statement that is not prepared. It encodes most types
faithfully, though not from every Python value that it takes, so each value is first checked by coodie's own encoder,
unless the vendor takes just the same values of its Python class.
What it encodes differently goes as bytes: decimals, and whatever contains them, whose scale it keeps while it replaces
their digits by those of their text; sets and maps inside tuples and user-defined types, which must be sorted; an
``ascii`` with a zero character, which it cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from decimal import Context, Decimal
from typing import Any, Final
from uuid import UUID

from coodie._compiled import compiled
from coodie._errors import InvalidQueryError
from coodie.cql.codecs.codec import Encoder, expected
from coodie.cql.encode import encoder_of
from coodie.cql.message import UNSET, Mark, Statement
from coodie.cql.natives import NATIVES
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import milliseconds
from coodie.drivers.acsylla.vendor import CassException, create_statement
from coodie.drivers.shared.values import about_value, first_misfit, wrong_count

Convert = Callable[[Any], Any]
"""The value for the vendor; raises TypeError or ValueError for one that does not fit, and `AsBytes`."""


class AsBytes(Exception):
    """A value that must go as bytes, although others of its type need not."""


class Binder:
    """Makes the statements of one text, of which ``vendor`` is the vendor's prepared statement.

    If that is None, the text is sent unprepared, with bytes for all values.
    """

    __slots__ = ("_convert", "_cql", "_encoders", "_marks", "_vendor")

    def __init__(self, cql: str, vendor: Any, marks: Sequence[Mark]) -> None:
        self._cql = cql
        self._vendor = vendor
        self._marks = marks
        kinds = [mark.type for mark in marks if mark.type is not None]
        self._encoders: tuple[Encoder, ...] = tuple(map(encoder_of, kinds))
        converters = [convert for convert in map(converter_of, kinds) if convert is not None]
        fits = vendor is not None and len(converters) == len(kinds)
        self._convert = _row_converter(converters, kinds) if fits else None

    def statement(self, request: Statement) -> Any:
        """The vendor's statement with the values of the request.

        Raises `InvalidQueryError` for a wrong number of values and for one that does not fit; the message names the
        mark and its type, never the value.
        """
        values = request.values
        if len(values) != len(self._encoders):
            raise wrong_count(request, len(self._encoders))
        try:
            if self._convert is not None:
                return self._bound(*self._convert(*values))
        except AsBytes:
            pass
        except (TypeError, ValueError, OverflowError, CassException):  # the last one if the table is another by now
            raise self._misfit(request) from None
        try:
            return self._with_bytes(values)
        except (TypeError, ValueError, OverflowError):
            raise self._misfit(request) from None

    def _bound(self, values: list[Any], unset: bool) -> Any:
        if not unset:
            return self._vendor.bind(values)
        statement = self._vendor.bind()
        for index, value in enumerate(values):
            if value is not UNSET:  # what is not bound is sent as unset
                statement.bind(index, value)
        return statement

    def _with_bytes(self, values: Sequence[Any]) -> Any:
        statement = create_statement(self._cql, len(values))
        for index, (value, encode) in enumerate(zip(values, self._encoders, strict=True)):
            if value is not UNSET:
                statement.bind(index, None if value is None else encode(value))
        return statement

    def _misfit(self, request: Statement) -> InvalidQueryError:
        found = first_misfit(request, self._encoders)
        if found is None:  # the vendor refused what coodie's encoder takes
            return InvalidQueryError(f"a value does not fit\n  {request.cql}")
        index, why = found
        return InvalidQueryError(about_value(request, index, self._marks[index].name, self._marks[index].type, why))


def _row_converter(converters: Sequence[Convert], kinds: Sequence[CqlType]) -> Callable[..., tuple[list[Any], bool]]:
    """The function that converts a row, generated for these marks; it returns as well whether a value is unset."""
    scope: dict[str, Any] = {"unset": UNSET}
    items: list[str] = []
    for at, (convert, kind) in enumerate(zip(converters, kinds, strict=True)):
        scope[f"c{at}"] = convert
        scope[f"t{at}"] = _AS_THEY_ARE.get(str(kind))
        known = "" if scope[f"t{at}"] is None else f"v{at}.__class__ is t{at} or "
        items.append(f"v{at} if {known}v{at} is None or v{at} is unset else c{at}(v{at})")
    names = [f"v{at}" for at in range(len(converters))]
    unset = " or ".join(f"{name} is unset" for name in names) or "False"
    row = ",\n    ".join(items)
    made: Callable[..., tuple[list[Any], bool]] = compiled(
        f"lambda {', '.join(names)}: ([\n    {row}\n], {unset})", scope, "values for acsylla"
    )
    return made


def converter_of(cql_type: CqlType) -> Convert | None:
    """The function that converts a value of this type for the vendor; None if such values go as bytes."""
    match cql_type:
        case Native(name):
            return None if name == "decimal" else _NATIVES.get(name) or _checked(NATIVES[name].codec.encode)
        case Vector():
            return encoder_of(cql_type)
        case List(element):
            return _elements(element, (list, tuple), "list")
        case Set(Native() as element):
            return _elements(element, (set, frozenset), "set")
        case Map(Native() as key, value):
            return _map(key, value)
        case Tuple(elements) if not any(map(_sorted, elements)):
            return _tuple(cql_type, elements)
        case Udt(_, fields) if fields and not any(_sorted(kind) for _, kind in fields):
            return _udt(cql_type, fields)
        case _:
            return None


def _sorted(cql_type: CqlType) -> bool:
    """Whether coodie's encoder sorts something in it."""
    match cql_type:
        case Set() | Map():
            return True
        case List(element):
            return _sorted(element)
        case _:
            return False  # tuples and user-defined types sort what is in them wherever they are


def _checked(encode: Encoder) -> Convert:
    def convert(value: Any) -> Any:
        encode(value)
        return value

    return convert


def _ascii(value: Any) -> Any:
    if b"\0" in NATIVES["ascii"].codec.encode(value):
        raise AsBytes
    return value


def _floating(name: str) -> Convert:
    encode = NATIVES[name].codec.encode

    def convert(value: Any) -> float:
        encode(value)
        return float(value)

    return convert


# The vendor takes seconds, and cuts off what is left after it multiplied them. A quarter of the unit keeps a float from
# losing a whole one: up to 2**48 units, which no datetime and no time of day has, two roundings are off by less.
_QUARTER: Final = 0.25
# For numbers that may be larger. Nineteen digits hold any number of milliseconds.
_move_point: Final = Context(prec=30).scaleb
_FIRST_DAY: Final = 2**31


def _timestamp(value: Any) -> float | Decimal:
    if isinstance(value, datetime):
        number = milliseconds(value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc))
        return (number + _QUARTER if number >= 0 else number - _QUARTER) / 1000
    number = int.from_bytes(NATIVES["timestamp"].codec.encode(value), "big", signed=True)
    return _move_point(Decimal(number), -3)


def _date(value: Any) -> int:
    return (int.from_bytes(NATIVES["date"].codec.encode(value), "big") - _FIRST_DAY) * 86400


def _time(value: Any) -> float:
    return (int.from_bytes(NATIVES["time"].codec.encode(value), "big") + _QUARTER) / 10**9


def _duration(value: Any) -> tuple[int, int, int]:
    NATIVES["duration"].codec.encode(value)
    return value.months, value.days, value.nanoseconds


def _inet(value: Any) -> str:
    NATIVES["inet"].codec.encode(value)
    return str(value)


_AS_THEY_ARE: Final[dict[str, type]] = {
    "bigint": int,
    "blob": bytes,
    "boolean": bool,
    "counter": int,
    "double": float,
    "int": int,
    "smallint": int,
    "text": str,
    "tinyint": int,
    "uuid": UUID,
}
"""The Python class of which the vendor takes and refuses the same values as coodie's encoder."""
_NATIVES: Final[dict[str, Convert]] = {
    "ascii": _ascii,
    "blob": NATIVES["blob"].codec.encode,
    "date": _date,
    "double": _floating("double"),
    "duration": _duration,
    "float": _floating("float"),
    "inet": _inet,
    "time": _time,
    "timestamp": _timestamp,
    "varint": NATIVES["varint"].codec.encode,
}


def _elements(element: CqlType, types: tuple[type, ...], wanted: str) -> Convert | None:
    convert = converter_of(element)
    if convert is None:
        return None
    encode = encoder_of(element)

    def each(value: Any) -> list[Any]:
        items = expected(value, types, wanted)
        return [encode(item) if item is None else convert(item) for item in items]

    return each


def _map(key: CqlType, value: CqlType) -> Convert | None:
    convert_key, convert_value = converter_of(key), converter_of(value)
    if convert_key is None or convert_value is None:
        return None
    encode_key, encode_value = encoder_of(key), encoder_of(value)

    def convert(whole: Any) -> dict[Any, Any]:
        pairs = expected(whole, dict, "dict").items()
        return {
            encode_key(name) if name is None else convert_key(name): (
                encode_value(content) if content is None else convert_value(content)
            )
            for name, content in pairs
        }

    return convert


def _tuple(cql_type: CqlType, elements: tuple[CqlType, ...]) -> Convert | None:
    converters = [made for made in map(converter_of, elements) if made is not None]
    if len(converters) != len(elements):
        return None
    encode = encoder_of(cql_type)

    def convert(value: Any) -> tuple[Any, ...]:
        encode(value)
        return tuple(None if each is None else made(each) for each, made in zip(value, converters, strict=True))

    return convert


def _udt(cql_type: CqlType, fields: tuple[tuple[str, CqlType], ...]) -> Convert | None:
    converters = {name: made for name, kind in fields if (made := converter_of(kind)) is not None}
    if len(converters) != len(fields):
        return None
    encode = encoder_of(cql_type)

    def convert(value: Any) -> dict[str, Any]:
        encode(value)
        return {name: None if (each := value.get(name)) is None else made(each) for name, made in converters.items()}

    return convert
