"""Writes coodie's own messages: values that are encoded at once, in frames that are made at once.

The vendor writes each value, each option and each header by itself, into one buffer after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from typing import Any, Final

from coodie.cql.frames import unpack_length
from coodie.drivers.cassandra.vendor import (
    UNSET_VALUE,
    BatchMessage,
    ExecuteMessage,
    ProtocolHandler,
    ProtocolVersion,
)

pack_count: Final = Struct(">H").pack
_unpack_count: Final = Struct(">H").unpack_from
_pack_header: Final = Struct(">BBhBi").pack
_pack_int: Final = Struct(">i").pack
_pack_long: Final = Struct(">q").pack
_PACK_FLAGS: Final = {ProtocolVersion.V4: Struct(">HB").pack, ProtocolVersion.V5: Struct(">HI").pack}
"""The versions of the protocol that are written here, and how each has a consistency level and the flags."""

_NO_BYTES: Final = {-1: None, -2: UNSET_VALUE}
"""What stands for a value by the length that the protocol has for it."""

# The flags of a frame, and those of a request.
COMPRESSED: Final = 0x01
_VALUES, _PAGE_SIZE, _PAGING_STATE, _SERIAL, _TIMESTAMP, _KEYSPACE = 0x01, 0x04, 0x08, 0x10, 0x20, 0x80


class Values:
    """The encoded values of one statement: ``cells`` is their number and each value after its length.

    The vendor, where it writes them, iterates over the values.
    """

    __slots__ = ("cells",)

    def __init__(self, cells: bytes) -> None:
        self.cells = cells

    def __len__(self) -> int:
        return int(_unpack_count(self.cells)[0])

    def __iter__(self) -> Iterator[Any]:
        cells, at = self.cells, 2
        for _ in range(len(self)):
            (size,) = unpack_length(cells, at)
            at += 4
            yield cells[at : (at := at + size)] if size >= 0 else _NO_BYTES[size]


def encode_message(
    message: Any, stream: int, version: int, compressor: Any, allow_beta_protocol_version: bool, **features: Any
) -> bytes:
    """The frame of a message, as the handlers of the vendor make it; those make the less usual ones."""
    body_of = _BODIES.get(message.__class__)
    if (
        body_of is None
        or version not in _PACK_FLAGS
        or message.tracing
        or message.custom_payload
        or getattr(message, "continuous_paging_options", None)
        or allow_beta_protocol_version
        or features
    ):
        found: bytes = ProtocolHandler.encode_message(
            message, stream, version, compressor, allow_beta_protocol_version, **features
        )
        return found
    body, flags = body_of(message, version), 0
    if compressor is not None and version == ProtocolVersion.V4:  # version 5 compresses several frames together
        body, flags = compressor(body), COMPRESSED
    return _pack_header(version, flags, stream, message.opcode, len(body)) + body


def _execute_body(message: Any, version: int) -> bytes:
    flags, options = _last_options(message, _VALUES)
    if message.paging_state:
        flags |= _PAGING_STATE
        options = _pack_int(len(message.paging_state)) + message.paging_state + options
    if message.fetch_size:
        flags |= _PAGE_SIZE
        options = _pack_int(message.fetch_size) + options
    ids = _string(message.query_id) + (b"" if version == ProtocolVersion.V4 else _string(message.result_metadata_id))
    return b"".join((ids, _PACK_FLAGS[version](message.consistency_level, flags), message.query_params.cells, options))


def _batch_body(message: Any, version: int) -> bytes:
    flags, options = _last_options(message, 0)
    if message.keyspace:
        flags |= _KEYSPACE
        options += _string(message.keyspace.encode())
    head = bytes((message.batch_type.value,)) + pack_count(len(message.entries))
    return b"".join((head, *message.entries, _PACK_FLAGS[version](message.consistency_level, flags), options))


def _last_options(message: Any, flags: int) -> tuple[int, bytes]:
    """The flags and bytes of the options that a statement and a batch share."""
    options = b""
    if message.serial_consistency_level:
        flags |= _SERIAL
        options = pack_count(message.serial_consistency_level)
    if message.timestamp is not None:
        flags |= _TIMESTAMP
        options += _pack_long(message.timestamp)
    return flags, options


def _string(data: bytes) -> bytes:
    return pack_count(len(data)) + data


# The leading underscore keeps the class out of the vendor's registry of messages.
class _Batch(BatchMessage):  # type: ignore[misc]
    entries: list[bytes]

    def send_body(self, f: BytesIO, version: int, *features: Any) -> None:
        """Write the message where the vendor makes the frame: as without statements, with the statements in it."""
        empty = BytesIO()
        BatchMessage.send_body(self, empty, version, *features)
        body = empty.getvalue()  # the kind in one byte, the number of statements in two, and the options
        f.write(b"".join((body[:1], pack_count(len(self.entries)), *self.entries, body[3:])))


_BODIES: Final = {ExecuteMessage: _execute_body, _Batch: _batch_body}


def of_entries(message: Any) -> Any:
    """The message of a batch whose statements are already encoded, each with its head.

    One that this function returned is returned as it is.
    """
    if isinstance(message, _Batch):
        return message
    own = _Batch.__new__(_Batch)
    own.__dict__.update(message.__dict__, entries=message.queries, queries=())
    return own
