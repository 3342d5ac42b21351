"""Values in Parquet files: rows as they are read from one, and their conversion to values of CQL types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coodie.cli.table_files.forms import checked
from coodie.cql.arrow import ArrowForm, arrow_form, pyarrow
from coodie.cql.types import CqlType


def parquet_form(cql_type: CqlType) -> ArrowForm:
    """The form of a type in Arrow, whose ``read`` raises ValueError, whose message has no value."""
    form = arrow_form(cql_type)
    return replace(form, read=checked(cql_type, form.read))


def plain_rows(batch: Any) -> list[dict[str, Any]]:
    """The rows of an Arrow batch by column, with numbers in place of dates and times, as ``read`` of a form takes them.

    A timestamp is in milliseconds, a time in nanoseconds.
    """
    pa = pyarrow()
    columns = [_plain(pa, batch.column(place)).to_pylist() for place in range(batch.num_columns)]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(pa: Any, column: Any) -> Any:
    for wanted in (_replaced(pa, column.type, _units(pa)), _replaced(pa, column.type, _numbers(pa))):
        # Unsafe, so that a finer unit is cut as stored values are.
        column = column if wanted == column.type else column.cast(wanted, safe=False)
    return column


def _units(pa: Any) -> Any:
    """The function that gives the types of dates and times in the units of CQL."""

    def unit(kind: Any) -> Any:
        if pa.types.is_timestamp(kind):
            return pa.timestamp("ms", tz=kind.tz)
        if pa.types.is_time(kind):
            return pa.time64("ns")
        return pa.date32() if pa.types.is_date(kind) else kind

    return unit


def _numbers(pa: Any) -> Any:
    def number(kind: Any) -> Any:
        if pa.types.is_date(kind):
            return pa.int32()
        return pa.int64() if pa.types.is_timestamp(kind) or pa.types.is_time(kind) else kind

    return number


def _replaced(pa: Any, kind: Any, leaf: Any) -> Any:
    """The type with each type inside it that has no parts replaced."""
    if pa.types.is_map(kind):
        return pa.map_(_replaced(pa, kind.key_type, leaf), _replaced(pa, kind.item_type, leaf))
    if pa.types.is_struct(kind):
        return pa.struct([(each.name, _replaced(pa, each.type, leaf)) for each in kind])
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_replaced(pa, kind.value_type, leaf), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(_replaced(pa, kind.value_type, leaf))
    return leaf(kind)
