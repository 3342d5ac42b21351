"""The messages about vector indexes, and about ORDER BY ... ANN OF, which they answer."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import config, invalid

EXPERIMENTAL: Final = (
    "SAI ANN indexes on vector columns are experimental and are not recommended for production use.\n"
    "They don't yet support SELECT queries with:\n"
    " * Consistency level higher than ONE/LOCAL_ONE.\n"
    " * Paging.\n"
    " * No LIMIT clauses.\n"
    " * PER PARTITION LIMIT clauses.\n"
    " * GROUP BY clauses.\n"
    " * Aggregation functions.\n"
    " * Filters on columns without a SAI index."
)
"""The warning that comes once for each vector index of a table, when it gets an index or a column."""

# CREATE INDEX
UNKNOWN_OPTION: Final = config("Properties specified [{}] are not understood by StorageAttachedIndex")
NOT_BOOLEAN: Final = invalid("Illegal value for boolean option '{}': {}")
NOT_ANALYZED: Final = invalid("CQL type {} cannot be analyzed.")
COLUMN_NAME: Final = invalid("Column '{}' contains non-alphanumeric-underscore characters")
NO_BLOBS: Final = invalid("Unsupported type: blob")
NO_VECTOR: Final = invalid("CQL type {} cannot have vector options")
CONNECTIONS: Final = invalid(
    "Maximum node connections cannot be set without enabling SAI_VECTOR_ALLOW_CUSTOM_PARAMETERS"
)
BEAM_WIDTH: Final = invalid("Construction beam width cannot be set without enabling SAI_VECTOR_ALLOW_CUSTOM_PARAMETERS")
SIMILARITY: Final = invalid(
    "Similarity function {} was not recognized for index null. Valid values are: EUCLIDEAN, DOT_PRODUCT, COSINE"
)
OPTIMIZE_FOR: Final = invalid("optimize_for '{}' was not recognized for index null. Valid values are: LATENCY, RECALL")
ONLY_FLOATS: Final = invalid("SAI ANN indexes are only allowed on vector columns with float elements")
ONE_DIMENSION: Final = invalid("Cosine similarity is not supported for single-dimension vectors")
SECOND: Final = invalid("Cannot create more than one storage-attached index on the same column: {}")

# ANN OF
TWO_ORDERINGS: Final = invalid("Cannot specify more than one ANN ordering")
OTHER_ORDERING: Final = invalid("ANN ordering does not support any other ordering")
DESCENDING: Final = invalid("Descending ANN ordering is not supported")
FLOATS_ONLY: Final = invalid("ANN ordering is only supported on float vector indexes")
NO_INDEX: Final = invalid("ANN ordering by vector requires the column to be indexed")
NOT_INDEXED: Final = invalid("ANN ordering by vector requires all restricted column(s) to be indexed")
ANN_ONLY: Final = invalid("Vector indexes only support ANN queries")
AGGREGATION: Final = invalid("Top-K queries can not be run with aggregation")
PER_PARTITION: Final = invalid("Top-K queries do not support per-partition limits")
NO_LIMIT: Final = invalid(
    "Top-K queries must have a limit specified and the limit must be less than the query page size"
)
LIMIT: Final = invalid("Use of ANN OF in an ORDER BY clause requires a LIMIT that is not greater than {}. LIMIT was {}")
PAGE_SIZE: Final = (
    "Top-K queries do not support paging and the page size is set to {}, which is less than LIMIT {}. The page size "
    "has been set to {} to match the LIMIT."
)
"""The warning when a page would be smaller than the LIMIT."""
