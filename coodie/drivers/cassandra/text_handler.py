"""The protocol handler for the requests of one prepared text.

A server describes the columns in each answer, and for a row or two that takes longer to read than the rows. The
description is made of the same bytes as long as the schema is the same, so what was read from it once serves again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final

from coodie.drivers.cassandra.own_messages import COMPRESSED
from coodie.drivers.cassandra.vendor import (
    RESULT_KIND_ROWS,
    RESULT_KIND_VOID,
    BytesIOReader,
    ColDesc,
    ListParser,
    ParseDesc,
    ResultMessage,
    make_deserializers,
)

_RESULT: Final = ResultMessage.opcode
_VOID: Final = Struct(">i").pack(RESULT_KIND_VOID)
_PLAIN: Final = {"trace_id": None, "custom_payload": None, "warnings": None}
_ROWS: Final = Struct(">ii").pack(RESULT_KIND_ROWS, 1)
"""How an answer of rows begins whose columns are described, all of one table, and which no other page follows."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """An answer up to its rows, and what was read from that."""

    data: bytes
    attributes: Mapping[str, Any]
    parse: Callable[[Any, Any], list[tuple[Any, ...]]]
    layout: Any


class TextHandler:
    """What the vendor takes for a protocol handler: ``handler``, with a memory of the last two descriptions.

    Two, since a conditional write has one when it was applied, and another when it was not.
    """

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._result = handler.message_types_by_opcode[_RESULT]
        self._seen: tuple[_Columns, ...] = ()
        self.encode_message: Callable[..., bytes] = handler.encode_message

    def decode_message(self, version: int, *args: Any) -> Any:
        """Read an answer, as the vendor's handlers do."""
        stream, flags, opcode, body, decompress, metadata = args[-6:]
        if flags == COMPRESSED and decompress is not None:
            body, flags = decompress(body), 0
            args = (*args[:-5], flags, opcode, body, None, metadata)
        if flags or opcode != _RESULT:
            return self._handler.decode_message(version, *args)
        if body == _VOID:
            found = self._result(RESULT_KIND_VOID)
            found.__dict__.update(_PLAIN, stream_id=stream)
            return found
        for columns in self._seen:
            if body.startswith(columns.data):
                found = self._result(RESULT_KIND_ROWS)
                found.__dict__.update(columns.attributes, stream_id=stream)
                try:
                    found.parsed_rows = columns.parse(BytesIOReader(body[len(columns.data) :]), columns.layout)
                except Exception:  # noqa: BLE001 - a cell cannot be read; the handler reads them one by one
                    return self._handler.decode_message(version, *args)
                return found
        found = self._handler.decode_message(version, *args)
        if body.startswith(_ROWS) and ParseDesc is not None:
            columns = _columns(found, body, version, self._handler.column_encryption_policy)
            self._seen = (columns, *self._seen[:1])
        return found


def _columns(found: Any, body: bytes, version: int, encryption: Any) -> _Columns:
    columns = found.column_metadata
    types, places = [kind for *_, kind in columns], [ColDesc(*place) for *place, _ in columns]
    layout = ParseDesc(found.column_names, types, encryption, places, make_deserializers(types), version)
    attributes: dict[str, Any] = dict(found.__dict__)
    attributes.pop("parsed_rows", None)
    return _Columns(body[: found.described_until], attributes, ListParser().parse_rows, layout)
