"""Messages of the protocol that are written otherwise than the vendor writes them.

From v5 of the protocol on, a client names the columns of an answer that it knows by an id, and may ask the server to
describe them only if they are others. The vendor sends the id, but does not ask, so that every answer begins with the
names and types of all columns. In a batch, it writes each value by itself.
"""

from __future__ import annotations

from io import BytesIO
from struct import Struct
from typing import Any, Final

from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.vendor import BatchMessage, ExecuteMessage, ProtocolVersion

_SKIP_METADATA: Final = 0x02
_BEFORE_THE_LAST_BYTE_OF_FLAGS: Final = 2 + 2 + 2 + 3
"""The bytes of an EXECUTE up to there, but for the two ids: the length of each, the consistency, and other flags."""

_pack_count: Final = Struct(">H").pack


def without_columns(message: Any, prepared: Prepared) -> Any:
    """The message that executes ``prepared``, as one that asks for its columns only if they are others than known."""
    return _own(_Execution, message, prepared=prepared)


def of_entries(message: Any) -> Any:
    """The message of a batch whose statements are already encoded, each by `Prepared.encode_entry`.

    One that this function returned is returned as it is.
    """
    return message if isinstance(message, _Batch) else _own(_Batch, message, entries=message.queries, queries=())


def _own(kind: Any, message: Any, **attributes: Any) -> Any:
    own = kind.__new__(kind)
    own.__dict__.update(message.__dict__, **attributes)
    return own


# The leading underscores keep the classes out of the vendor's registry of messages.
class _Execution(ExecuteMessage):  # type: ignore[misc]
    prepared: Prepared

    def send_body(self, f: BytesIO, version: int, *features: Any) -> None:
        """Write the message, and set a flag in it."""
        start = f.tell()
        ExecuteMessage.send_body(self, f, version, *features)
        if self.prepared.knows_columns and ProtocolVersion.uses_prepared_metadata(version):
            place = start + len(self.query_id) + len(self.result_metadata_id) + _BEFORE_THE_LAST_BYTE_OF_FLAGS
            f.getbuffer()[place] |= _SKIP_METADATA


class _Batch(BatchMessage):  # type: ignore[misc]
    entries: list[bytes]

    def send_body(self, f: BytesIO, version: int, *features: Any) -> None:
        """Write the message: what the vendor writes without statements, with the statements in it."""
        empty = BytesIO()
        BatchMessage.send_body(self, empty, version, *features)
        body = empty.getvalue()  # the kind in one byte, the number of statements in two, and the options
        f.write(b"".join((body[:1], _pack_count(len(self.entries)), *self.entries, body[3:])))
