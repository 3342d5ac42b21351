"""What is said of frames, not of statements."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import UNPREPARED, ErrorText

UNKNOWN_STATEMENT: Final = ErrorText(
    UNPREPARED,
    "Prepared query with ID {} not found (either the query was not prepared on this host (maybe the host has been "
    "restarted?) or you have prepared too many queries and it has been evicted from the internal cache)",
)

USE_AND_PREPARE: Final = (
    "`USE <keyspace>` with prepared statements is considered to be an anti-pattern due to ambiguity in non-qualified "
    "table names. Please consider removing instances of `Session#setKeyspace(<keyspace>)`, "
    '`Session#execute("USE <keyspace>")` and `cluster.newSession(<keyspace>)` from your code, and always use fully '
    "qualified table names (e.g. <keyspace>.<table>). Keyspace used: {}, statement keyspace: {}, statement id: {}"
)
"""The warning that a connection gets once, with the first statement it prepares without a keyspace in its text."""
