"""What is said of DESCRIBE."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import invalid

NO_KEYSPACE: Final = invalid("No keyspace specified and no current keyspace")
NO_SUCH_KEYSPACE: Final = invalid("'{}' not found in keyspaces")
NOTHING: Final = invalid("'{}' not found in keyspace '{}'")
NO_SUCH_TABLE: Final = invalid("Table '{}' not found in keyspace '{}'")
NO_SUCH_TYPE: Final = invalid("User defined type '{}' not found in '{}'")
NO_SUCH_INDEX: Final = invalid("Table for existing index '{}' not found in '{}'")
NO_SUCH_VIEW: Final = invalid("Materialized view '{}' not found in '{}'")
NO_SUCH_FUNCTION: Final = invalid("User defined function '{}' not found in '{}'")
NO_SUCH_AGGREGATE: Final = invalid("User defined aggregate '{}' not found in '{}'")
