"""Reads the vendor's rows as values of the driver border.

The vendor decodes by itself, so what it loses cannot be had back: a timestamp goes through a float there, and is exact
from 1697 to 2242 only. A cell that it cannot read, or not exactly, becomes an `Unreadable` in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from coodie._compiled import compiled
from coodie.cql.codecs.texts import UUID_
from coodie.cql.decode import decoder_of
from coodie.cql.instants import time_of
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector, holds
from coodie.cql.values import EPOCH, Duration, UdtValue, Unreadable
from coodie.cql.values import unreadable as unreadable_value
from coodie.drivers.acsylla.exact import AsBlob
from coodie.drivers.acsylla.unsupported import unreadable

Convert = Callable[[Any], Any]
"""The value of the border for a value of the vendor, which is not None."""

_EXACT: Final = timedelta(seconds=2**33)
_FIRST, _LAST = EPOCH - _EXACT, EPOCH + _EXACT
_INEXACT: Final = "acsylla reads timestamps to the millisecond from the year 1698 to 2242 only, and this one is outside"
_BEYOND: Final = "acsylla cannot read what lies outside the years 1 to 9999"
_WITH_YEARS: Final = tuple(map(Native, ("date", "timestamp")))
_AS_TEXT: Final = tuple(map(Native, ("date", "time", "duration")))
"""The types whose values the vendor gives in full only as texts or tuples, which it calls native types."""


NEWER: Final = Unreadable("the schema changed a moment ago, and acsylla does not know this type yet")
"""In place of a type: that of a column which is newer than what is known of the table."""
Kind = CqlType | AsBlob | Unreadable | None
"""What is known about a column. Without a type, its values are those of the vendor."""


class NewerSchemaError(Exception):
    """An answer has a column, or a field of a user-defined type, that is newer than what is known of the table."""


class RowReader:
    """Reads the rows of one text, whose columns have these types."""

    def __init__(self, types: Sequence[Kind]) -> None:
        decoded = [kind for kind in types if isinstance(kind, CqlType)]
        self._as_text = any(holds(kind, part) for kind in decoded for part in _AS_TEXT)
        self._types = types
        self._newer = NEWER in types
        self._converters = [_converter(kind, self._as_text) for kind in types]
        self._read = _rows_reader(self._converters) if any(self._converters) else None

    def rows(self, result: Any, *, strict: bool) -> list[tuple[Any, ...]]:
        """The rows of a page. If ``strict``, raises `NewerSchemaError` for what would become `NEWER` otherwise."""
        if strict and self._newer:
            raise NewerSchemaError
        if self._as_text:
            result.native_types = True
        try:
            rows = [row.as_tuple() for row in result]
            return rows if self._read is None else self._read(rows)
        except Exception as error:  # one cell cannot be read, and the vendor raises what it likes
            if strict and isinstance(error, NewerSchemaError):
                raise
            return [self._row(row) for row in result.all()]

    def _row(self, row: Any) -> tuple[Any, ...]:
        return tuple(self._cell(row, index) for index in range(len(self._types)))

    def _cell(self, row: Any, index: int) -> Any:
        kind, convert = self._types[index], self._converters[index]
        try:
            value = row.column_value_by_index(index)
            return value if value is None or convert is None else convert(value)
        except NewerSchemaError:
            return NEWER
        except Exception:  # noqa: BLE001 - as above
            if isinstance(kind, CqlType) and (why := unreadable(kind)) is not None:
                return Unreadable(why)
            if isinstance(kind, CqlType) and any(holds(kind, part) for part in _WITH_YEARS):
                return Unreadable(f"{_BEYOND} in this {kind}")
            return unreadable_value(str(kind.type if isinstance(kind, AsBlob) else kind))


def _converter(kind: Kind, as_text: bool) -> Convert | None:
    if isinstance(kind, AsBlob):
        return kind.decode
    if isinstance(kind, Unreadable):
        return lambda _: kind
    return None if kind is None else _reader_of(kind, as_text)


def _rows_reader(converters: Sequence[Convert | None]) -> Callable[[list[Any]], list[tuple[Any, ...]]]:
    """The function that converts rows, generated for these columns."""
    scope: dict[str, Any] = {f"c{at}": convert for at, convert in enumerate(converters) if convert is not None}
    names = ", ".join(f"v{at}" for at in range(len(converters)))
    cells = ", ".join(
        f"v{at}" if convert is None else f"None if v{at} is None else c{at}(v{at})"
        for at, convert in enumerate(converters)
    )
    made: Callable[[list[Any]], list[tuple[Any, ...]]] = compiled(
        f"lambda rows: [({cells},) for ({names},) in rows]", scope, "rows from acsylla"
    )
    return made


def _reader_of(cql_type: CqlType, as_text: bool) -> Convert | None:
    """The function that converts the vendor's value of a type; None if that is the value already."""
    if unreadable(cql_type) is not None:
        return _cannot
    match cql_type:
        case Native(name):
            return (_AS_TEXTS if as_text else _NATIVES).get(name)
        case Vector():
            return decoder_of(cql_type)
        case List(element):
            return _items(_reader_of(element, as_text), list)
        case Set(element):
            return _items(_reader_of(element, as_text), set)
        case Map(key, value):
            return _map(_reader_of(key, as_text), _reader_of(value, as_text))
        case Tuple(elements):
            return _tuple([_reader_of(element, as_text) for element in elements])
        case Udt(_, fields):
            return _udt({name: _reader_of(kind, as_text) for name, kind in fields})
        case _:
            return None


def _cannot(_: Any) -> Any:
    raise ValueError


def _uuid(text: str) -> UUID:
    found: UUID = UUID_.decode(bytes.fromhex(text.replace("-", "")))
    return found


def _exact(moment: datetime) -> datetime | Unreadable:
    return moment if _FIRST < moment < _LAST else Unreadable(_INEXACT)


def _moment(text: str) -> datetime | Unreadable:
    return _exact(datetime.fromisoformat(text[:-1] + "+00:00"))


def _time(text: str) -> time | Unreadable:
    hours, minutes, rest = text.split(":")
    seconds, _, part = rest.partition(".")
    return time_of((int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 10**9 + int(part.ljust(9, "0")))


def _varint(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _duration(parts: tuple[int, int, int]) -> Duration:
    return Duration(*parts)


_NATIVES: Final[dict[str, Convert]] = {
    "inet": ip_address,
    "timestamp": _exact,
    "timeuuid": _uuid,
    "uuid": _uuid,
    "varint": _varint,
}
_AS_TEXTS: Final[dict[str, Convert]] = {
    **_NATIVES,
    "date": date.fromisoformat,
    "duration": _duration,
    "time": _time,
    "timestamp": _moment,
}


def _items(read: Convert | None, make: Callable[[Any], Any]) -> Convert | None:
    if read is None:
        return None
    return lambda items: make(None if item is None else read(item) for item in items)


def _as_it_is(value: Any) -> Any:
    return value


def _map(key: Convert | None, value: Convert | None) -> Convert | None:
    if key is None and value is None:
        return None
    read_key, read_value = key or _as_it_is, value or _as_it_is
    return lambda whole: {
        None if name is None else read_key(name): None if content is None else read_value(content)
        for name, content in whole.items()
    }


def _tuple(readers: Sequence[Convert | None]) -> Convert | None:
    if not any(readers):
        return None
    made = [read or _as_it_is for read in readers]
    return lambda whole: tuple(None if each is None else read(each) for each, read in zip(whole, made, strict=True))


def _udt(readers: Mapping[str, Convert | None]) -> Convert:
    return partial(_udt_value, {name: read or _as_it_is for name, read in readers.items()})


def _udt_value(readers: Mapping[str, Convert], whole: Mapping[str, Any]) -> UdtValue:
    if not whole.keys() <= readers.keys():
        raise NewerSchemaError
    return UdtValue({name: None if (each := whole.get(name)) is None else read(each) for name, read in readers.items()})
