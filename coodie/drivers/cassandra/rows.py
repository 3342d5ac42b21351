"""The protocol handler with which the vendor reads the answers to coodie's requests.

The vendor lets a protocol handler replace the class that reads results. This one substitutes coodie's types, so that
rows are tuples of border values. A cell that cannot be decoded becomes an `Unreadable`; the vendor would close the
connection instead, and fail all other requests on it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from coodie.cql.values import unreadable
from coodie.drivers.cassandra.decode import own_type
from coodie.drivers.cassandra.own_messages import encode_message
from coodie.drivers.cassandra.prepared import Prepared, types_of
from coodie.drivers.cassandra.vendor import (
    RESULT_KIND_VOID,
    ColDesc,
    ErrorMessage,
    ProtocolHandler,
    ResultMessage,
    messages,
    read_int,
    read_value,
)
from coodie.drivers.cassandra.vendor_types import cql_type_of


def own_columns(columns: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The vendor's descriptions of result columns, with coodie's types in them."""
    return [(keyspace, table, name, own_type(kind)) for keyspace, table, name, kind in columns]


# Classes whose names begin with an underscore stay out of the vendor's registry of messages.
_Result: Any = ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]


class _OwnResult(_Result):  # type: ignore[misc]
    """A result that is read with coodie's types."""

    column_metadata: Any = None
    parsed_rows: Any = None
    # where the description of the columns ends
    described_until = 0
    # the prepared statements of the driver, by the id that the server gave them
    known: ClassVar[WeakValueDictionary[bytes, Prepared]] = WeakValueDictionary()

    def recv_results_metadata(self, f: BytesIO, user_type_map: Any) -> None:
        """Read the metadata of the columns, and substitute coodie's types."""
        _Result.recv_results_metadata(self, f, user_type_map)
        self.described_until = f.tell()
        if self.column_metadata:
            self.column_metadata = own_columns(self.column_metadata)

    def recv_results_prepared(self, f: BytesIO, *others: Any) -> None:
        """Read the answer when the vendor prepares a statement again because a server no longer knew it.

        If the types have changed, the encoded values would be misread and must not be sent. Reporting a void
        result makes the vendor give up, since that is not the answer it expects.
        """
        _Result.recv_results_prepared(self, f, *others)
        known = self.known.get(self.query_id)
        if known is not None and known.vendor.result_metadata is None:
            self.column_metadata = None  # so that the metadata is requested with each answer
        if known is not None and known.types != types_of(self.bind_metadata):
            known.stale = True
            self.kind = RESULT_KIND_VOID

    def recv_results_rows(self, f: BytesIO, version: int, user_type_map: Any, metadata: Any, encryption: Any) -> None:
        """Read the rows. Must not raise, since the vendor would close the connection."""
        start = f.tell()
        try:
            _Result.recv_results_rows(self, f, version, user_type_map, metadata, encryption)
        except Exception:  # noqa: BLE001
            f.seek(start)
            self._read_cells(f, version, user_type_map, metadata, encryption)

    def _read_cells(self, f: BytesIO, version: int, user_types: Any, metadata: Any, encryption: Any) -> None:
        """Read the rows cell by cell, so that an unreadable cell does not affect the others."""
        _Result.recv_results_metadata(self, f, user_types)
        columns = own_columns(self.column_metadata or metadata)
        self.column_names = [name for _, _, name, _ in columns]
        self.column_types = [kind for _, _, _, kind in columns]
        readers = [_reader(column, version, encryption) for column in columns]
        self.parsed_rows = [tuple([read(read_value(f)) for read in readers]) for _ in range(read_int(f))]


def _reader(column: tuple[Any, ...], version: int, encryption: Any) -> Callable[[bytes | None], Any]:
    """The function that reads the cells of a column; an invalid value becomes an `Unreadable`."""
    *place, kind = column
    described = ColDesc(*place)
    decrypt = None
    if encryption is not None and encryption.contains_column(described):
        kind, decrypt = encryption.column_type(described), partial(encryption.decrypt, described)
    name = str(cql_type_of(kind))

    def read(cell: bytes | None) -> Any:
        try:
            return kind.from_binary(cell if cell is None or decrypt is None else decrypt(cell), version)
        except Exception:  # noqa: BLE001 - decoders raise what they like, and show the bytes
            return unreadable(name)

    return read


class _OwnError(ErrorMessage):  # type: ignore[misc]
    """An error of the server.

    The vendor takes every protocol error for a bug of its own and closes the connection, which fails all other requests
    on it. An invalid paging state is a protocol error too, but may come from any client of the application.

    When a server has forgotten a statement of a batch, the vendor looks it up by its id in a weak dictionary. If the
    user prepared the same text and dropped it, the entry is gone, so it is added again.
    """

    known: ClassVar[WeakValueDictionary[bytes, Prepared]] = WeakValueDictionary()
    cluster: ClassVar[Any] = None

    @classmethod
    def recv_body(cls, f: BytesIO, version: int, *others: Any) -> Any:
        """The error, with an invalid paging state turned into an invalid request."""
        error = ErrorMessage.recv_body(f, version, *others)
        if isinstance(error, messages.ProtocolException) and "paging state" in error.message.lower():
            return messages.InvalidRequestException(error.code, error.message, error.info)
        if isinstance(error, messages.PreparedQueryNotFound) and (prepared := cls.known.get(error.info)) is not None:
            cls.cluster.add_prepared(error.info, prepared.vendor)
        return error


class _OwnTypes:
    """The user's column encryption policy, with coodie's types for the decrypted values."""

    def __init__(self, policy: Any) -> None:
        self.contains_column = policy.contains_column
        self.decrypt = policy.decrypt
        self._column_type = policy.column_type

    def column_type(self, place: Any) -> Any:
        """The type of coodie for the decrypted values of a column."""
        return own_type(self._column_type(place))


def protocol_handler(
    known: WeakValueDictionary[bytes, Prepared], cluster: Any = None, encryption_policy: Any = None
) -> Any:
    """The protocol handler that makes the vendor use `_OwnResult` and `encode_message`, for coodie's own requests."""
    by_opcode = {
        **ProtocolHandler.message_types_by_opcode,
        ResultMessage.opcode: type("_CoodieResult", (_OwnResult,), {"known": known}),
        ErrorMessage.opcode: type("_CoodieError", (_OwnError,), {"known": known, "cluster": cluster}),
    }
    members = {
        "message_types_by_opcode": by_opcode,
        "column_encryption_policy": _OwnTypes(encryption_policy) if encryption_policy is not None else None,
        "encode_message": staticmethod(encode_message),
    }
    return type("CoodieProtocolHandler", (ProtocolHandler,), members)
