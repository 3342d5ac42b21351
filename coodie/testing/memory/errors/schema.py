"""The messages about statements that change the schema."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import ALREADY_EXISTS, ErrorText, config, invalid, syntax, unauthorized

KEYSPACE_EXISTS: Final = ErrorText(ALREADY_EXISTS, 'Cannot add existing keyspace "{}"')
TABLE_EXISTS: Final = ErrorText(ALREADY_EXISTS, 'Cannot add already existing table "{}" to keyspace "{}"')
NO_SUCH_KEYSPACE: Final = invalid("Keyspace '{}' doesn't exist")
NO_SUCH_TABLE: Final = invalid("Table '{}.{}' doesn't exist")
NO_SUCH_TYPE: Final = invalid("Type '{}.{}' doesn't exist")
ALTER_NO_TYPE: Final = invalid("Type {}.{} doesn't exist")
NO_SUCH_INDEX: Final = invalid("Index '{}.{}' doesn't exist'")
USE_MISSING: Final = invalid("Keyspace '{}' does not exist")
SYSTEM_KEYSPACE: Final = unauthorized("{} keyspace is not user-modifiable.")

# CREATE TABLE
NO_KEY: Final = invalid("No PRIMARY KEY specifed for table '{}' (exactly one required)")
STATIC_WITHOUT_CLUSTERING: Final = invalid(
    "Static columns are only useful (and thus allowed) if the table has at least one clustering column"
)
STATIC_KEY: Final = invalid("Static column '{}' cannot be part of the PRIMARY KEY")
MIXED_COUNTERS: Final = invalid("Cannot mix counter and non counter columns in the same table")
COUNTER_TTL: Final = invalid("Cannot set default_time_to_live on a table with counters")
COUNTER_KEY: Final = invalid("counter type is not supported for PRIMARY KEY column '{}'")
DURATION_KEY: Final = invalid("duration type is not supported for PRIMARY KEY column '{}'")
COLLECTION_KEY: Final = invalid("Invalid non-frozen collection type {} for PRIMARY KEY column '{}'")
UDT_KEY: Final = invalid("Invalid non-frozen user-defined type \"{}\" for PRIMARY KEY column '{}'")
COLUMN_TWICE: Final = invalid("Duplicate column '{}' declaration for table '{}'")
KEY_TWICE: Final = invalid("Duplicate column '{}' in PRIMARY KEY clause for table '{}'")
UNKNOWN_KEY: Final = invalid("Unknown column '{}' referenced in PRIMARY KEY for table '{}'")
UNKNOWN_TYPE: Final = invalid("Unknown type {}.{}")
OTHER_KEYSPACE: Final = invalid(
    "Statement on keyspace {} cannot refer to a user type in keyspace {}; user types can only be used in the keyspace "
    "they are defined in"
)
NESTED_COLLECTION: Final = invalid("Non-frozen collections are not allowed inside collections: {}")
COUNTER_INSIDE: Final = invalid("Counters are not allowed inside collections: {}")
COUNTER_IN_TUPLE: Final = invalid("Counters are not allowed inside tuples")
NO_DIMENSION: Final = invalid("vectors may only have positive dimensions; given {}")
DURATION_IN_SET: Final = invalid("Durations are not allowed inside sets: {}")
DURATION_AS_KEY: Final = invalid("Durations are not allowed as map keys: {}")
NESTED_UDT: Final = invalid("Non-frozen UDTs are not allowed inside collections: {}")
FROZEN_NATIVE: Final = syntax("frozen<> is only allowed on collections, tuples, and user-defined types (got {})")
ORDER_OF_OTHERS: Final = invalid(
    "Only clustering key columns can be defined in CLUSTERING ORDER directive: {} are not clustering columns"
)
ORDER_INCOMPLETE: Final = invalid("Missing CLUSTERING ORDER for column {}")
ORDER_AS_DECLARED: Final = invalid(
    "The order of columns in the CLUSTERING ORDER directive must match that of the clustering columns "
    "({} must appear before {})"
)
UNKNOWN_PROPERTY: Final = syntax("Unknown property '{}'")
LOCAL_STRATEGY: Final = invalid("Unable to use given strategy class: LocalStrategy is reserved for internal use.")
NO_STRATEGY_OPTION: Final = config("Unrecognized strategy option {{{}}} passed to {} for keyspace {}")
NO_FACTOR: Final = config('For input string: "{}"')
NEGATIVE_FACTOR: Final = config("Replication factor must be non-negative, found {}")
NO_DATACENTER: Final = config("Configuration for at least one datacenter must be present")
NO_TRANSIENT: Final = config("Transient replication is not enabled on this node")
NO_STRATEGY_CLASS: Final = config("Missing replication strategy class")
NO_REPLICATION_GIVEN: Final = invalid("Missing mandatory option 'replication'")
TWO_KEYS: Final = invalid("Multiple PRIMARY KEY specified for table '{}' (exactly one required)")
NO_REPLICATION: Final = config("Unable to find replication strategy class 'org.apache.cassandra.locator.{}'")
BAD_TABLE_NAME: Final = config(
    '{}.{}: Table name must not be empty or not contain non-alphanumeric-underscore characters (got "{}")'
)
LONG_TABLE_NAME: Final = config(
    '{}.{}: Table name must not be more than 222 characters long (got {} characters for "{}")'
)

# ALTER TABLE
COLUMN_EXISTS: Final = invalid("Column with name '{}' already exists")
NO_SUCH_COLUMN: Final = invalid("Column {} was not found in table '{}.{}'")
DROP_KEY: Final = invalid("Cannot drop PRIMARY KEY column {}")
DROP_INDEXED: Final = invalid("Cannot drop column {} because it has dependent secondary indexes ({})")
DROP_UDT: Final = invalid("Cannot drop non-frozen column {} of user type {}")
READD_OTHER_TYPE: Final = invalid(
    "Cannot add a column '{}' of type {}, incompatible with previously dropped column '{}' of type {}"
)
READD_STATIC: Final = invalid(
    "Cannot re-add previously dropped column '{}' of kind {}, incompatible with previous kind {}"
)
ADD_COUNTER: Final = config('{}: Cannot have a counter column ("{}") in a non counter table')
ADD_TO_COUNTERS: Final = config('{}: Cannot have a non counter column ("{}") in a counter table')
RENAME_NO_COLUMN: Final = invalid("Undefined column name {} in table {}.{}")
RENAME_OTHER: Final = invalid("Cannot rename non PRIMARY KEY column {}")
RENAME_TO_EXISTING: Final = invalid(
    "Cannot rename column {} to {} in table '{}.{}'; another column with that name already exists"
)
RENAME_INDEXED: Final = invalid("Can't rename column {} because it has dependent secondary indexes ({})")
NO_TYPE_CHANGE: Final = invalid("Altering column types is no longer supported")

# Types
TYPE_EXISTS: Final = invalid("A user type with name '{}' already exists")
TYPE_IN_USE: Final = invalid("Cannot drop user type '{}.{}' as it is still used by {}")
FIELD_TWICE: Final = invalid("Duplicate field name '{}' in type '{}'")
FIELD_EXISTS: Final = invalid("Cannot add field {} to type {}.{}: a field with name {} already exists")
NO_SUCH_FIELD: Final = invalid("Unkown field {} in user type {}.{}")
CIRCULAR: Final = invalid(
    "Cannot add new field {} of type {} to user type {}.{} as it would create a circular reference", exact=False
)
FIELD_COUNTER: Final = invalid("A user type cannot contain counters")
FIELD_UDT: Final = invalid("A user type cannot contain non-frozen UDTs")
RENAME_FIELD_EXISTS: Final = invalid("Duplicate field name {} in type {}")

# Indexes
INDEX_EXISTS: Final = invalid("Index '{}' already exists")
INDEX_DUPLICATE: Final = invalid("Index {} is a duplicate of existing index {}")
OPTIONS_OF_PLAIN_INDEX: Final = invalid("Cannot specify options for a non-CUSTOM index")
OWN_INDEX_OPTION: Final = invalid("Cannot specify {} as a CUSTOM option")
INDEX_NAME: Final = config("Illegal index name {}")
INDEX_ON_NO_TABLE: Final = invalid("Table '{}' doesn't exist")
INDEX_OF_COUNTERS: Final = invalid("Secondary indexes on counter tables aren't supported")
INDEX_ON_KEY: Final = invalid("Cannot create secondary index on the only partition key column {}")
INDEX_TARGET: Final = invalid("Cannot create {}() index on {}. Non-collection columns only support simple indexes")
INDEX_NO_MAP: Final = invalid("Cannot create index on {} of column {} with non-map type")
INDEX_UDT: Final = invalid("Cannot create index on non-frozen UDT column {}")
INDEX_OF_DURATIONS: Final = invalid("Secondary indexes are not supported on collections containing durations")
INDEX_DURATION: Final = invalid("Secondary indexes are not supported on duration columns")
INDEX_FULL: Final = invalid("full() indexes can only be created on frozen collections")
INDEX_FROZEN: Final = invalid(
    "Cannot create {}() index on frozen column {}. Frozen collections are immutable and must be fully "
    "indexed by using the 'full({})' modifier"
)
