"""The message that executes a prepared statement without being told its columns once more.

From v5 of the protocol on, a client names the columns that it knows by an id, and may ask the server to describe them
only if they are others. The vendor sends the id, but does not ask, so that every answer begins with the names and types
of all columns.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from coodie.drivers.cassandra.prepared import Prepared
from coodie.drivers.cassandra.vendor import ExecuteMessage, ProtocolVersion

_SKIP_METADATA: Final = 0x02
_BEFORE_THE_LAST_BYTE_OF_FLAGS: Final = 2 + 2 + 2 + 3
"""The bytes of an EXECUTE up to there, but for the two ids: the length of each, the consistency, and other flags."""


# The leading underscore keeps the class out of the vendor's registry of messages.
class _Execution(ExecuteMessage):  # type: ignore[misc]
    prepared: Prepared

    def send_body(self, f: BytesIO, version: int, *features: Any) -> None:
        """Write the message, and set a flag in it."""
        start = f.tell()
        ExecuteMessage.send_body(self, f, version, *features)
        if self.prepared.knows_columns and ProtocolVersion.uses_prepared_metadata(version):
            place = start + len(self.query_id) + len(self.result_metadata_id) + _BEFORE_THE_LAST_BYTE_OF_FLAGS
            f.getbuffer()[place] |= _SKIP_METADATA


def without_columns(message: Any, prepared: Prepared) -> Any:
    """The message that executes ``prepared``, as one that asks for its columns only if they are others than known."""
    own = _Execution.__new__(_Execution)
    own.__dict__.update(message.__dict__)
    own.prepared = prepared
    return own
