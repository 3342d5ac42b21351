"""The messages about statements that read or write data."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import invalid, protocol, server_error, syntax, unauthorized

NO_KEYSPACE: Final = invalid("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename")
NO_SUCH_KEYSPACE: Final = invalid("keyspace {} does not exist")
NO_SUCH_TABLE: Final = invalid("table {} does not exist")
NO_SUCH_COLUMN: Final = invalid("Undefined column name {} in table {}")
WRONG_COUNT_OF_VALUES: Final = invalid("there were {} markers(?) in CQL but {} bound variables")

# INSERT
INSERT_INTO_COUNTERS: Final = invalid("INSERT statements are not allowed on counter tables, use UPDATE instead")
UNMATCHED_VALUES: Final = invalid("Unmatched column names/values")
TWICE_IN_COLUMNS: Final = invalid("The column names contains duplicates")

# UPDATE and DELETE
SET_TWICE: Final = syntax("Multiple incompatible setting of column {}")
KEY_IN_SET: Final = invalid("PRIMARY KEY part {} found in SET part")
KEY_DELETED: Final = invalid("Invalid identifier {} for deletion (should not be a PRIMARY KEY part)")

# WHERE of modifications
TOKEN_IN_WRITE: Final = invalid("The token function cannot be used in WHERE clauses for {} statements")
MISSING_PARTITION: Final = invalid("Some partition key parts are missing: {}")
ONLY_EQ_IN: Final = invalid(
    "Only EQ and IN relation are supported on the partition key (unless you use the token() function) for {} statements"
)
STATICS_ONLY: Final = invalid(
    "Invalid restrictions on clustering columns since the {} statement modifies only static columns"
)
SLICE_IN_WRITE: Final = invalid("Slice restrictions are not supported on the clustering columns in {} statements")
MISSING_CLUSTERING: Final = invalid("Some clustering keys are missing: {}")
NOT_OF_THE_KEY: Final = invalid("Non PRIMARY KEY columns found in where clause: {} ")
RANGE_OF_COLUMNS: Final = invalid("Range deletions are not supported for specific columns")

WRITE_TO_VIEW: Final = invalid("Cannot directly modify a materialized view")
TRUNCATE_VIEW: Final = invalid("Cannot TRUNCATE materialized view directly; must truncate base table instead")

# USING
TTL_NEGATIVE: Final = invalid("A TTL must be greater or equal to 0, but was {}")
TTL_TOO_LARGE: Final = invalid("ttl is too large. requested ({}) maximum ({})")
NULL_TIMESTAMP: Final = invalid("Invalid null value of timestamp")

# Null and unset
NULL_IN_CONDITION: Final = invalid("Invalid null value in condition for column {}")
NULL_IN_COLUMNS: Final = invalid("Invalid null value in condition for columns: [{}]")
NULL_IN_IN: Final = server_error(
    'java.lang.NullPointerException: Cannot invoke "java.nio.ByteBuffer.duplicate()" because "bytes" is null',
    exact=False,
)
UNSET_FIELD: Final = invalid("Invalid unset value for tuple field number {}")
UNSET_TUPLE: Final = invalid("Invalid unset value for tuple {}")
UNSET_VALUE: Final = invalid("Invalid unset value for column {}")
NULL_VALUE: Final = invalid("Invalid null value for column {}")
NULL_FILTER: Final = invalid("Unsupported null value for column {}")
NULL_ENTRY_FILTER: Final = invalid("Unsupported null map {} for column {}")
UNSET_ENTRY_FILTER: Final = invalid("Unsupported unset map {} for column {}")
UNSET_FILTER: Final = invalid("Unsupported unset value for column {}")
NULL_TOKEN: Final = invalid("Invalid null token value")
EMPTY_KEY: Final = invalid("Key may not be empty")
KEY_TOO_LONG: Final = invalid("Key length of {} is longer than maximum of 65535")
NULL_LIMIT: Final = invalid("Invalid null value of limit")
LIMIT_NOT_POSITIVE: Final = invalid("LIMIT must be strictly positive")

# Restrictions
UNSUPPORTED_RELATION: Final = invalid('Unsupported "{}" relation: {}')
LIKE_WITHOUT_INDEX: Final = invalid("LIKE restriction is only supported on properly indexed columns. {} is not valid.")
FILTERING: Final = invalid(
    "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. "
    "If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING"
)
PRECEDING: Final = invalid('PRIMARY KEY column "{}" cannot be restricted as preceding column "{}" is not restricted')
AFTER_SLICE: Final = invalid(
    'Clustering column "{}" cannot be restricted (preceding column "{}" is restricted by a non-EQ relation)'
)
EQUAL_AND_MORE: Final = invalid("{} cannot be restricted by more than one relation if it includes an Equal")
IN_AND_MORE: Final = invalid("{} cannot be restricted by more than one relation if it includes a IN")
TWO_BOUNDS: Final = invalid("More than one restriction was found for the {} bound on {}")
EQUAL_AND_SLICE: Final = invalid('Column "{}" cannot be restricted by both an equality and an inequality relation')
NON_FROZEN_UDT: Final = invalid("Non-frozen UDT column '{}' ({}) cannot be restricted by any relation")
DURATION_SLICE: Final = invalid("Slice restrictions are not supported on duration columns")
TOKEN_OF_PART: Final = invalid("The token() function must be applied to all partition key components or none of them")
TOKEN_REPEATS: Final = invalid("The token() function contains duplicate partition key components")
TOKEN_OF_OTHER: Final = invalid("The token() function must contains only partition key components")
TOKEN_ORDER: Final = invalid("The token function arguments must be in the partition key order: {}")
STATIC_SELECTION: Final = invalid("Cannot restrict clustering columns when selecting only static columns")

# ORDER BY, DISTINCT, GROUP BY, LIMIT
ORDER_WITHOUT_KEY: Final = invalid("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.")
ORDER_OF_OTHER: Final = invalid(
    "Order by is currently only supported on the clustered columns of the PRIMARY KEY, got {}"
)
ORDER_NOT_AS_DECLARED: Final = invalid(
    "Order by currently only supports the ordering of columns following their declared order in the PRIMARY KEY"
)
ORDER_UNSUPPORTED: Final = invalid("Unsupported order by relation")
ORDER_WITH_INDEX: Final = invalid("ORDER BY with 2ndary indexes is not supported, except for ANN queries.")
ORDER_PAGED_IN: Final = invalid(
    "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the "
    "ORDER BY or the IN and sort client side, or disable paging for this query"
)
DISTINCT_OTHER: Final = invalid(
    "SELECT DISTINCT queries must only request partition key columns and/or static columns (not {})"
)
DISTINCT_MISSING: Final = invalid("SELECT DISTINCT queries must request all the partition key columns (missing {})")
DISTINCT_WHERE: Final = invalid(
    "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns."
)
PER_PARTITION_AGGREGATE: Final = invalid("PER PARTITION LIMIT is not allowed with aggregate queries.")
GROUP_ORDER: Final = invalid(
    "Group by currently only support groups of columns following their declared order in the PRIMARY KEY"
)
GROUP_OF_OTHER: Final = invalid("Group by is currently only supported on the columns of the PRIMARY KEY, got {}")
INDEX_WITH_IN: Final = invalid("Select on indexed columns and with IN clause for the PRIMARY KEY are not supported")
PAGING_STATE: Final = protocol("Invalid value for the paging state")

# Operations
INVALID_OPERATION: Final = invalid("Invalid operation ({}) for {} column {}")
SET_COUNTER: Final = invalid(
    "Cannot set the value of counter column {} (counters can only be incremented/decremented, not set)"
)
NULL_INCREMENT: Final = invalid("Invalid null value for counter increment")
COUNTER_TTL: Final = invalid("Cannot provide custom TTL for counter updates")
COUNTER_TIMESTAMP: Final = invalid("Cannot provide custom timestamp for counter updates")
NOTHING_TO_READ: Final = server_error("java.lang.IndexOutOfBoundsException: Index 0 out of bounds for length 0")
EMPTY_COUNTER: Final = server_error("java.lang.IndexOutOfBoundsException")
UNSET_COLLECTION: Final = server_error(
    "java.lang.ClassCastException: class org.apache.cassandra.cql3.Constants$Value cannot be cast to class "
    "org.apache.cassandra.cql3.{0}$Value (org.apache.cassandra.cql3.Constants$Value and "
    "org.apache.cassandra.cql3.{0}$Value are in unnamed module of loader 'app')"
)
LIST_SET_NULL: Final = invalid("Attempted to set an element on a list which is null")
LIST_DELETE_NULL: Final = invalid("Attempted to delete an element from a list which is null")
LIST_INDEX: Final = invalid("List index {} out of bound, list has size {}")
NULL_MAP_KEY: Final = invalid("Invalid null map key")
MAP_ADDITION: Final = invalid("Value for a map addition has to be a map, but was: '{}'")
MAP_SUBTRACTION: Final = invalid("Value for a map substraction has to be a set, but was: '{}'")
NO_SUCH_FIELD: Final = invalid("UDT column {} does not have a field named {}")
FIELD_DELETION: Final = invalid("Invalid field deletion operation for non-UDT column {}")

# IF
CONDITIONS_ON_COUNTERS: Final = invalid("Conditional updates are not supported on counter tables")
CONDITIONAL_TIMESTAMP: Final = invalid("Cannot provide custom timestamp for conditional updates")
CONDITION_ON_COUNTER: Final = invalid("Conditions on counters are not supported")
CONDITION_ON_KEY: Final = invalid("PRIMARY KEY column '{}' cannot have IF conditions")
CONDITIONAL_IN: Final = invalid("IN on the partition key is not supported with conditional {}")
CONDITIONAL_CLUSTERING_IN: Final = invalid("IN on the clustering key columns is not supported with conditional {}")
CONDITIONAL_RANGE: Final = invalid(
    "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non static "
    "columns"
)
DURATION_CONDITION: Final = invalid("Slice conditions ( {} ) are not supported on durations")
DURATION_PART_CONDITION: Final = invalid("Slice conditions are not supported on {} containing durations")
EMPTY_COMPARISON: Final = invalid('Invalid comparison with an empty {} for operator "{}"')
NULL_COMPARISON: Final = invalid('Invalid comparison with null for operator "{}"')
NEGATIVE_INDEX: Final = invalid("Invalid negative list index {}")
UNSET_CONDITION: Final = invalid("Invalid 'unset' value in condition")

# Batches
BATCH_TTL: Final = invalid("Global TTL on the BATCH statement is not supported.")
BATCH_TIMESTAMP: Final = invalid("Timestamp must be set either on BATCH or individual statements")
BATCH_COUNTER_LOGGED: Final = invalid("Cannot include a counter statement in a logged batch")
BATCH_MIXED: Final = invalid("Counter and non-counter mutations cannot exist in the same batch")
BATCH_NOT_COUNTER: Final = invalid("Cannot include non-counter statement in a counter batch")
BATCH_PARTITIONS: Final = invalid("Batch with conditions cannot span multiple partitions")
BATCH_IN: Final = server_error(
    "java.lang.IllegalArgumentException: Batch with conditions cannot span multiple partitions (you cannot use IN on "
    "the partition key)"
)
BATCH_TABLES: Final = invalid("Batch with conditions cannot span multiple tables")
BATCH_STATEMENT: Final = invalid("Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.")
BATCH_TOO_LARGE: Final = invalid("Batch too large")
LARGE_BATCH: Final = "Batch for [{}] is of size {}, exceeding specified threshold of {} by {}."
UNLOGGED_BATCH: Final = (
    "Unlogged batch covering {} partitions detected against table{} [{}]. You should use a logged batch for atomicity, "
    "or asynchronous writes for performance."
)
BATCH_MIXED_IFS: Final = invalid("Cannot mix IF conditions and IF NOT EXISTS for the same row")


# Relations
CONTAINS_KEY_OF_OTHER: Final = invalid("Cannot use CONTAINS KEY on non-map column {}")
CONTAINS_OF_OTHER: Final = invalid("Cannot use CONTAINS on non-collection column {}")
COLLECTION_RELATION: Final = invalid("Collection column '{}' ({}) cannot be restricted by a '{}' relation")
CONTAINS_AND_MORE: Final = invalid(
    "Collection column {} can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality"
)
DURATION_IN_COLLECTION: Final = invalid("Slice restrictions are not supported on collections containing durations")
DURATION_IN_TUPLE: Final = invalid("Slice restrictions are not supported on tuples containing durations")
DURATION_IN_UDT: Final = invalid("Slice restrictions are not supported on UDTs containing durations")
LIST_ENTRY: Final = invalid("Indexes on list entries ({}[index] = value) are not currently supported.")
NO_MAP: Final = invalid("Column {} cannot be used as a map")
FROZEN_MAP_ENTRY: Final = invalid("Map-entry equality predicates on frozen map column {} are not supported")
ENTRY_OPERATOR: Final = invalid("Only EQ relations are supported on map entries")
MULTI_OF_OTHER: Final = invalid(
    "Multi-column relations can only be applied to clustering columns but was applied to: {}"
)
MULTI_TWICE: Final = invalid('Column "{}" appeared twice in a relation: {}')
MULTI_ORDER: Final = invalid("Clustering columns must appear in the PRIMARY KEY order in multi-column relations: {}")
MULTI_WIDTH: Final = invalid("Expected {} elements in value tuple, but got {}: {}")
TWO_STARTS: Final = invalid('Column "{}" cannot be restricted by two inequalities not starting with the same column')
BEFORE_SLICE: Final = invalid(
    'PRIMARY KEY column "{}" cannot be restricted (preceding column "{}" is restricted by a non-EQ relation)'
)
CLUSTERING_CONTAINS: Final = invalid(
    "Clustering columns can only be restricted with CONTAINS with a secondary index or filtering"
)
MULTI_FILTER: Final = invalid("Multi-column slice restrictions cannot be used for filtering.")
TOKEN_EQUAL: Final = invalid('Columns "{}" cannot be restricted by both an equality and an inequality relation')
TOKEN_TWICE: Final = invalid("{} cannot be restricted by more than one relation if it includes an Equal")
IS_NOT: Final = invalid("Unsupported restriction: {}")
TIMESTAMP_MIN: Final = invalid("Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]")
NOT_NUMERIC: Final = invalid("Invalid operation ({}) for non-numeric and non-text type {}")
COUNTER_OVERFLOW: Final = invalid("The negation of {} overflows supported counter precision (signed 8 bytes integer)")
UNSET_MAP_KEY: Final = invalid("Invalid unset map key")
UNSET_INDEX: Final = invalid("Invalid unset value for list index")
NULL_LIST_ELEMENT: Final = invalid("Invalid null value for list element access")
NULL_INDEX: Final = invalid("Invalid null value for list index")
FROZEN_FIELD_DELETION: Final = invalid("Frozen UDT column {} does not support field deletions")
ELEMENT_DELETION: Final = invalid("Invalid deletion operation for non collection column {}")
FROZEN_ELEMENT_DELETION: Final = invalid("Invalid deletion operation for frozen collection column {}")
NULL_ELEMENT: Final = invalid("Invalid null {}")
UNSET_ELEMENT: Final = invalid("Invalid unset {}")
SET_ELEMENT_CONDITION: Final = invalid("Invalid element access syntax for set column {}")
ELEMENT_CONDITION: Final = invalid("Invalid element access syntax for non-collection column {}")
NULL_MAP_ELEMENT: Final = invalid("Invalid null value for map element access")
NO_FIELD_CONDITION: Final = invalid("Unknown field {} for column {}")
NULL_IN_LIST: Final = invalid("Invalid null list in IN condition")
CONDITIONAL_RANGE_IF: Final = invalid(
    "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to use IF condition on "
    "non static columns"
)
BATCH_MIXED_IF_EXISTS: Final = invalid("Cannot mix IF conditions and IF EXISTS for the same row")
BATCH_MIXED_EXISTS: Final = invalid("Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row")
GROUP_PART: Final = invalid("Group by is not supported on only a part of the partition key")
GROUP_DISTINCT: Final = invalid("Grouping on clustering columns is not allowed for SELECT DISTINCT queries")
DISTINCT_PER_PARTITION: Final = invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries")
BATCH_CONDITIONAL_TIMESTAMP: Final = invalid("Cannot provide custom timestamp for conditional BATCH")
BATCH_COUNTER_TIMESTAMP: Final = invalid("Cannot provide custom timestamp for counter BATCH")
BATCH_WITH_COUNTERS_TIMESTAMP: Final = invalid("Cannot provide custom timestamp for a BATCH containing counters")
NO_VIABLE: Final = syntax("line {}:{} no viable alternative at input '{}'", exact=False)
LOGIN: Final = unauthorized("You have to be logged in and not anonymous to perform this request")
