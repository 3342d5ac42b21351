"""The message of a batch whose statements are encoded at once: the vendor writes each of their values by itself."""

from __future__ import annotations

from io import BytesIO
from struct import Struct
from typing import Any, Final

from coodie.drivers.cassandra.vendor import BatchMessage

_pack_count: Final = Struct(">H").pack


def of_entries(message: Any) -> Any:
    """The message of a batch whose statements are already encoded, each by `Prepared.encode_entry`.

    One that this function returned is returned as it is.
    """
    if isinstance(message, _Batch):
        return message
    own = _Batch.__new__(_Batch)
    own.__dict__.update(message.__dict__, entries=message.queries, queries=())
    return own


# The leading underscore keeps the class out of the vendor's registry of messages.
class _Batch(BatchMessage):  # type: ignore[misc]
    entries: list[bytes]

    def send_body(self, f: BytesIO, version: int, *features: Any) -> None:
        """Write the message: what the vendor writes without statements, with the statements in it."""
        empty = BytesIO()
        BatchMessage.send_body(self, empty, version, *features)
        body = empty.getvalue()  # the kind in one byte, the number of statements in two, and the options
        f.write(b"".join((body[:1], _pack_count(len(self.entries)), *self.entries, body[3:])))
