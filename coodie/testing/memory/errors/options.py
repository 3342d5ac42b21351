"""The messages about the options of tables."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import config, server_error, syntax

NOT_A_STRING: Final = syntax("Invalid value for property '{}'. It should be a string")
NOT_A_MAP: Final = syntax("Invalid value for property '{}'. It should be a map.")
NOT_A_NUMBER: Final = syntax("Invalid {} value {} for '{}'")
NOT_A_BOOLEAN: Final = syntax(
    "Invalid boolean value {} for '{}'. Positive values can be '1', 'true' or 'yes'. "
    "Negative values can be '0', 'false' or 'no'."
)
TOO_SMALL: Final = config("{} must be greater than or equal to {} (got {})")
TOO_LARGE: Final = config("{} must be less than or equal to {} (got {})")
NO_BLOOM: Final = config("{} must be larger than 6.71E-5 and less than or equal to 1.0 (got {})")
NOT_WITHIN: Final = config("{} must be larger than or equal to 0 and smaller than or equal to 1.0 (got {})")
INTERVALS: Final = config("max_index_interval must be greater than or equal to min_index_interval ({}) (got {})")
TABLE_ID: Final = config("Invalid table id")
OTHER_TABLE_ID: Final = config("Cannot alter table id.")
CACHED_KEYS: Final = config("Invalid value '{}' for caching sub-option 'keys': only 'ALL' and 'NONE' are allowed")
CACHED_ROWS: Final = config(
    "Invalid value '{}' for caching sub-option 'rows_per_partition': only 'ALL', 'NONE', and integer values are allowed"
)
CACHING: Final = config("Invalid caching sub-options [{}]: only 'keys' and 'rows_per_partition' are allowed")
MEMTABLE: Final = config('Memtable configuration "{}" not found.')
POLICY: Final = config("Invalid value {} for option 'speculative_retry'")
POLICY_PERCENTILE: Final = config(
    "Invalid value {} for PERCENTILE option 'speculative_retry': must be between (0.0 and 100.0)"
)
POLICY_OF_ONE_TYPE: Final = config(
    "Invalid value {} for option 'speculative_retry': MIN()/MAX() arguments should be of different types, but both are "
    "of type {}"
)
READ_REPAIR: Final = server_error(
    "java.lang.IllegalArgumentException: No enum constant org.apache.cassandra.service.reads.repair.ReadRepairStrategy."
    "{}"
)
JAVA_NUMBER: Final = server_error('java.lang.NumberFormatException: For input string: "{}"')
EMPTY_NUMBER: Final = server_error("java.lang.NumberFormatException: empty String")

# Compression
NO_COMPRESSION_CLASS: Final = config("Missing sub-option 'class' for the 'compression' option.")
EMPTY_COMPRESSION_CLASS: Final = config(
    "The 'class' option must not be empty. To disable compression use 'enabled' : false"
)
COMPRESSION_OFF: Final = config("If the 'enabled' option is set to false no other options must be specified")
COMPRESSOR: Final = config("Could not create Compression for type {}")
COMPRESSION: Final = config("Unknown compression options {}")
CHUNK_LENGTH: Final = config("Invalid value for chunk_length_in_kb")
LONG_CHUNK: Final = config("Value of chunk_length_in_kb is too large ({})")
NO_CHUNK: Final = config("Invalid negative or null chunk_length_in_kb")
UNEVEN_CHUNK: Final = config("chunk_length_in_kb must be a power of 2")
NEGATIVE_RATIO: Final = config("Invalid negative min_compress_ratio")
SMALL_RATIO: Final = config("min_compress_ratio can either be 0 or greater than or equal to 1")
LZ4_TYPE: Final = config(
    "Invalid compressor type '{}' specified for LZ4 parameter 'lz4_compressor_type'. Valid options are [high, fast]."
)
LZ4_LEVEL: Final = config(
    "Invalid value [{}] for parameter 'lz4_high_compressor_level'. Value must be between 1 and 17."
)
ZSTD: Final = config("ZstdCompressor.create() threw an error: java.lang.{} {}")

# Compaction
NO_COMPACTION_CLASS: Final = config("Missing sub-option 'class' for the 'compaction' option")
NO_COMPACTION: Final = config("Unable to find compaction strategy class '{}'")
COMPACTION: Final = config("Properties specified [{}] are not understood by {}")
OVERLAPPING: Final = config(
    "Invalid value {} for 'provide_overlapping_tombstones' compaction sub-option - must be one of the following [NONE, "
    "ROW, CELL]."
)
THRESHOLD: Final = config("Invalid value {} for '{}' compaction sub-option - must be an integer")
NO_THRESHOLD: Final = config(
    "Disabling compaction by setting compaction thresholds to 0 has been removed, set the compaction option 'enabled' "
    "to false instead."
)
LOW_THRESHOLD: Final = config("Min compaction threshold cannot be less than 2 (got {})")
THRESHOLDS: Final = config("Min compaction threshold (got {}) cannot be greater than max compaction threshold (got {})")
NOT_PARSABLE: Final = config("{} is not a parsable {} for {}")
NOT_POSITIVE: Final = config("{} must be greater than 0, but was {}")
NEGATIVE_SIZE: Final = config("{} must be non negative: {}")
NOT_LARGER: Final = config("{} must be larger than 0, but was {}")
WINDOW: Final = config("{1} must be greater than 1 for {0}")
NEGATIVE: Final = config("{} must not be negative, but was {}")
NOT_CONFIGURED: Final = config("Invalid configuration, {} should be positive: {}")
UNCHECKED_WORD: Final = config("'{}' should be either 'true' or 'false', not '{}'")
QUOTED_WORD: Final = config("'{}' should either be 'true' or 'false', not {}")
PLAIN_WORD: Final = config("{} should either be 'true' or 'false', not {}")
WORD_IN_BRACKETS: Final = config("{} is not 'true' or 'false' ({})")
AGGRESSIVE: Final = config(
    "{0} is requested but not allowed, restart cassandra with -Dcassandra.allow_{0}=true to allow it"
)
BUCKETS: Final = config("bucket_high value ({}) is less than or equal to the bucket_low value ({})")
NOT_VALID: Final = config("{} is not valid for {}")
SCALING: Final = config("Scaling parameter {} must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+")
FAN: Final = config("Fan factor cannot be lower than 2 in {}")
NO_SIZE: Final = config("{0} {1} is not a valid size in bytes: {1} does not end in unit B")
SMALL_SIZE: Final = config("{} {} is not acceptable, size must be at least 1.000MiB")
NO_LEAST_SIZE: Final = config("{} is not a valid size in bytes for {}")
LARGE_SIZE: Final = config("Invalid configuration, {} (", exact=False)
GROWTH: Final = config('{} is not a valid number between 0 and 1: For input string: "{}"')
GROWTH_RANGE: Final = config("{} {} must be between 0 and 1")
OVERLAP: Final = config("Invalid overlap inclusion method {}. The valid options are [NONE, SINGLE, TRANSITIVE].")
