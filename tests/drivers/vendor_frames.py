"""Parts of the protocol as servers and connections of the vendor write them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import signature
from io import BytesIO
from typing import Any

from cassandra import cqltypes as vendor
from cassandra import protocol
from cassandra.protocol import RESULT_KIND_ROWS

CODES = {
    vendor.Int32Type: 0x09,
    vendor.UTF8Type: 0x0D,
    vendor.DateType: 0x0B,
    vendor.AsciiType: 0x01,
    vendor.DecimalType: 0x06,
}
V5 = 5


def metadata(columns: dict[str, Any], *, pk: bool = False) -> Callable[[BytesIO], None]:
    def write(f: BytesIO) -> None:
        protocol.write_int(f, 1)  # one table for all
        protocol.write_int(f, len(columns))
        if pk:
            protocol.write_int(f, 0)
        describe(f, columns)

    return write


def describe(f: BytesIO, columns: dict[str, Any]) -> None:
    """Write the table and each column."""
    protocol.write_string(f, "shop")
    protocol.write_string(f, "events")
    for name, kind in columns.items():
        protocol.write_string(f, name)
        protocol.write_short(f, CODES[kind])


def rows_body(
    columns: dict[str, Any], rows: list[list[bytes | None]], *, skip: bool = False, state: bytes | None = None
) -> BytesIO:
    """An answer of rows, without a description of the columns if ``skip``, and with a paging state."""
    f = BytesIO()
    protocol.write_int(f, RESULT_KIND_ROWS)
    protocol.write_int(f, (4 if skip else 1) | (0 if state is None else 2))
    protocol.write_int(f, len(columns))
    if state is not None:
        protocol.write_longstring(f, state)
    if not skip:
        describe(f, columns)
    protocol.write_int(f, len(rows))
    for row in rows:
        for cell in row:
            protocol.write_value(f, cell)
    f.seek(0)
    return f


COLUMNS = {"id": vendor.Int32Type, "ts": vendor.DateType}
ONE = vendor.int32_pack(1)


def features(method: Any) -> dict[str, Any]:
    """What a connection of scylla-driver has negotiated, if it hands that to this method of a handler."""
    if "protocol_features" not in signature(method).parameters:
        return {}
    return {"protocol_features": import_module("cassandra.protocol_features").ProtocolFeatures()}


class Flipped:
    """An encryption of columns that turns bits over."""

    def contains_column(self, place: Any) -> bool:
        return bool(place.col == "ts")

    def column_type(self, _: Any) -> Any:
        return vendor.DateType

    def decrypt(self, _: Any, data: bytes) -> bytes:
        return bytes(byte ^ 0xFF for byte in data)

    encrypt = decrypt
