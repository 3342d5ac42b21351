"""Values of CQL types in Arrow, hence in Parquet, both ways; pyarrow is loaded only when it is needed.

A decimal, varint, uuid and inet is a string, a duration a struct of its three numbers, a set a list, a vector a list, a
tuple a struct with the fields ``0``, ``1`` ..., and a user-defined type a struct. Dates and times are Arrow's own: they
are converted by their numbers, since Arrow holds more of them than Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from ipaddress import ip_address
from typing import Any, Final, TypeAlias
from uuid import UUID

from coodie._errors import ConfigurationError
from coodie.cql.encode import order_of
from coodie.cql.instants import DATES, MOMENTS, TIMES, Counted
from coodie.cql.types import CqlType, List, Map, Native, Set, Tuple, Udt, Vector
from coodie.cql.values import Duration, UdtValue, Unreadable, as_text, readable

Convert: TypeAlias = Callable[[Any], Any]


def pyarrow(name: str = "pyarrow") -> Any:
    """The module of pyarrow with that name. Raises `ConfigurationError` if it is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("pyarrow"):
            raise
        raise ConfigurationError("Arrow and Parquet need pyarrow: pip install pyarrow") from error


@dataclass(frozen=True, slots=True)
class ArrowForm:
    """The Arrow type of a CQL type, the type with numbers in place of dates and times, and the conversion to that.

    ``write`` raises TypeError, AttributeError or ValueError for a value that has no form in Arrow, without the value.
    """

    type: Any
    numbers: Any
    write: Convert
    read: Convert

    def written(self, values: Sequence[Any]) -> Sequence[Any]:
        """The values of a column, of which some may be None."""
        if self.write is readable:  # most columns need no conversion
            if Unreadable in set(map(type, values)):
                raise TypeError
            return values
        write = self.write
        return [None if value is None else write(value) for value in values]


def arrow_form(cql_type: CqlType) -> ArrowForm:
    """The form of a type in Arrow. Raises ValueError for a type that has none, and `ConfigurationError`."""
    return _form(pyarrow(), cql_type, hashable=False)


def record_batch(schema: Any, forms: Iterable[ArrowForm], rows: Iterable[Sequence[Any]]) -> Any:
    """The rows, whose values are written, as a record batch. What a row has behind its columns is left out.

    Raises pyarrow's error for a value of another type.
    """
    pa, columns = pyarrow(), zip(*rows, strict=True)
    arrays = [pa.array(values, form.numbers).cast(form.type) for form, values in zip(forms, columns, strict=False)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _form(pa: Any, cql_type: CqlType, *, hashable: bool) -> ArrowForm:
    match cql_type:
        case Native(name):
            return _native(pa, name)
        case List(element) | Vector(element):
            make: Any = tuple if hashable else list
            return _list(pa, _form(pa, element, hashable=hashable), make, list)
        case Set(element):
            place = order_of(element)
            make = frozenset if hashable else set
            return _list(pa, _form(pa, element, hashable=True), make, lambda value: sorted(value, key=place))
        case Map(key, value):
            return _map(pa, key, value, UdtValue if hashable else dict)
        case Tuple(elements):
            forms = {str(place): _form(pa, each, hashable=hashable) for place, each in enumerate(elements)}
            struct = _struct(pa, forms)
            return ArrowForm(
                struct.type,
                struct.numbers,
                lambda value: struct.write(dict(zip(forms, value, strict=True))),
                lambda value: tuple(struct.read(value).values()),
            )
        case Udt(_, fields):
            struct = _struct(pa, {name: _form(pa, each, hashable=False) for name, each in fields})
            return ArrowForm(struct.type, struct.numbers, struct.write, lambda value: UdtValue(struct.read(value)))
        case _:
            raise ValueError(f"a value of the type {cql_type} has no form in Arrow")


def _list(pa: Any, element: ArrowForm, make: Convert, items: Convert) -> ArrowForm:
    return ArrowForm(
        pa.list_(element.type),
        pa.list_(element.numbers),
        lambda value: [element.write(item) for item in items(value)],
        lambda value: make([element.read(item) for item in value]),
    )


def _map(pa: Any, key: CqlType, value: CqlType, make: Convert) -> ArrowForm:
    keys, items, place = _form(pa, key, hashable=True), _form(pa, value, hashable=False), order_of(key)
    return ArrowForm(
        pa.map_(keys.type, items.type),
        pa.map_(keys.numbers, items.numbers),
        lambda found: [(keys.write(name), items.write(found[name])) for name in sorted(found, key=place)],
        lambda found: make([(keys.read(name), items.read(item)) for name, item in found]),
    )


def _struct(pa: Any, forms: dict[str, ArrowForm]) -> ArrowForm:
    def write(value: Any) -> dict[str, Any]:
        return {name: None if value.get(name) is None else form.write(value[name]) for name, form in forms.items()}

    def read(value: Any) -> dict[str, Any]:
        return {name: None if value.get(name) is None else form.read(value[name]) for name, form in forms.items()}

    types = pa.struct([(name, form.type) for name, form in forms.items()])
    return ArrowForm(types, pa.struct([(name, form.numbers) for name, form in forms.items()]), write, read)


def _same(value: Any) -> Any:
    return value


def _whole_text(value: Any) -> int:
    return int(value)


_DURATION: Final = ("months", "days", "nanoseconds")
_TEXTS: Final[dict[str, Convert]] = {
    "decimal": Decimal,
    "inet": ip_address,
    "timeuuid": UUID,
    "uuid": UUID,
    "varint": _whole_text,
}
_ALIKE: Final = {
    "ascii": "string",
    "bigint": "int64",
    "blob": "binary",
    "boolean": "bool_",
    "counter": "int64",
    "double": "float64",
    "float": "float32",
    "int": "int32",
    "smallint": "int16",
    "text": "string",
    "tinyint": "int8",
}
"""The Arrow types whose Python values are those of the CQL type."""
_COUNTED: Final = {"date": DATES, "time": TIMES, "timestamp": MOMENTS}


def _native(pa: Any, name: str) -> ArrowForm:
    if name in _TEXTS:
        return ArrowForm(pa.string(), pa.string(), as_text, _TEXTS[name])
    if name in _COUNTED:
        types = {"date": pa.date32, "time": lambda: pa.time64("ns"), "timestamp": lambda: pa.timestamp("ms", tz="UTC")}
        numbers = pa.int32() if name == "date" else pa.int64()
        return ArrowForm(types[name](), numbers, _number_of(_COUNTED[name]), _COUNTED[name].value_of)
    if name == "duration":
        struct = pa.struct([("months", pa.int32()), ("days", pa.int32()), ("nanoseconds", pa.int64())])
        return ArrowForm(
            struct,
            struct,
            lambda value: {each: getattr(value, each) for each in _DURATION},
            lambda value: Duration(*(value[each] for each in _DURATION)),
        )
    found = getattr(pa, _ALIKE[name])()
    return ArrowForm(found, found, readable, _same)


def _number_of(kind: Counted) -> Convert:
    def number(value: Any) -> int:
        found = kind.number_in(value)
        return kind.number_of(value) if found is None else found

    return number
