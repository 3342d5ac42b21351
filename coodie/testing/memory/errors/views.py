"""The messages about materialized views."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import config, invalid

EXPERIMENTAL: Final = "Materialized views are experimental and are not recommended for production use."
"""The warning of each CREATE MATERIALIZED VIEW."""

# CREATE MATERIALIZED VIEW
MARKS: Final = invalid("Bind variables are not allowed in CREATE MATERIALIZED VIEW statements")
OTHER_KEYSPACE: Final = invalid("Cannot create a materialized view on a table in a different keyspace")
NO_BASE: Final = invalid("Base table '{}' doesn't exist")
TABLE_EXISTS: Final = invalid("Cannot create materialized view '{}' - a table with the same name already exists")
OF_COUNTERS: Final = invalid("Materialized views are not supported on counter tables")
NO_GRACE: Final = invalid(
    "Cannot create materialized view '{}' for base table '{}' with gc_grace_seconds of 0, since this value is used to "
    "TTL undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire before being "
    "replayed."
)
ALIAS: Final = invalid(
    "Cannot use aliases when defining a materialized view (got org.apache.cassandra.cql3.selection.RawSelector@)",
    exact=False,
)
SELECTOR: Final = invalid("Can only select columns by name when defining a materialized view (got {})", exact=False)
STATIC: Final = invalid("Cannot include static column '{}' in materialized view '{}'")
UNKNOWN_KEY: Final = invalid("Unknown column '{}' referenced in PRIMARY KEY for materialized view '{}'")
KEY_TWICE: Final = invalid("Duplicate column '{}' in PRIMARY KEY clause for materialized view '{}'")
COLLECTION_KEY: Final = invalid("Invalid non-frozen collection type '{}' for PRIMARY KEY column '{}'")
UDT_KEY: Final = invalid("Invalid non-frozen user-defined type '{}' for PRIMARY KEY column '{}'")
ORDER: Final = invalid("Clustering key columns must exactly match columns in CLUSTERING ORDER BY directive")
MISSING_KEY: Final = invalid("Cannot create materialized view '{}' without primary key columns {} from base table '{}'")
TWO_OTHERS: Final = invalid(
    "Cannot include more than one non-primary key column in materialized view primary key (got {})"
)
TOKEN: Final = invalid("Cannot use token relation when defining a materialized view")
MAY_BE_NULL: Final = invalid("Primary key columns {} must be restricted with 'IS NOT NULL' or otherwise")
RESTRICTED: Final = invalid(
    "Non-primary key columns can only be restricted with 'IS NOT NULL' (got: {} restricted illegally)"
)
TTL: Final = invalid(
    "Cannot set default_time_to_live for a materialized view. Data in a materialized view always expire at the same "
    "time than the corresponding data in the parent table."
)
NAME: Final = config(
    '{}.{}: Table name must not be empty or not contain non-alphanumeric-underscore characters (got "{}")'
)

# ALTER and DROP
NO_SUCH_VIEW: Final = invalid("Materialized view '{}.{}' doesn't exist")
ALTER_TTL: Final = invalid(
    "Forbidden default_time_to_live detected for a materialized view. Data in a materialized view always expire at the "
    "same time than the corresponding data in the parent table. default_time_to_live must be set to zero, see "
    "CASSANDRA-12868 for more information"
)
ALTER_GRACE: Final = invalid(
    "Cannot alter gc_grace_seconds of a materialized view to 0, since this value is used to TTL undelivered updates. "
    "Setting gc_grace_seconds too low might cause undelivered updates to expire before being replayed."
)
BASE_GRACE: Final = invalid(
    "Cannot alter gc_grace_seconds of the base table of a materialized view to 0, since this value is used to TTL "
    "undelivered updates. Setting gc_grace_seconds too low might cause undelivered updates to expire before being "
    "replayed."
)
NO_ALTER_TABLE: Final = invalid("Cannot use ALTER TABLE on a materialized view; use ALTER MATERIALIZED VIEW instead")
NO_DROP_TABLE: Final = invalid(
    "Cannot use DROP TABLE on a materialized view. Please use DROP MATERIALIZED VIEW instead."
)
DROP_BASE: Final = invalid("Cannot drop a table when materialized views still depend on it ({})")
DROP_BASE_COLUMN: Final = invalid("Cannot drop column {} on base table {} with materialized views")
NO_INDEX: Final = invalid("Secondary indexes on materialized views aren't supported")
