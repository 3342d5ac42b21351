"""What the engine lacks of the server: each feature that is refused by name, in one table.

The page of what is supported is printed from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from coodie.testing.memory.errors.base import NotSupportedByMemoryDriver


@dataclass(frozen=True, slots=True)
class Gap:
    """A row of the table: called with the values for its braces, it returns the error to raise.

    ``shown`` is what the page says instead of a text with braces.
    """

    text: str
    shown: str = ""

    def __call__(self, *parts: object) -> NotSupportedByMemoryDriver:
        """The error, which names the feature."""
        return NotSupportedByMemoryDriver(self.text.format(*parts))

    def __str__(self) -> str:
        return self.shown or self.text


# Statements
FUNCTIONS: Final = Gap("user-defined functions")
AGGREGATES: Final = Gap("user-defined aggregates")
TRIGGERS: Final = Gap("triggers")
MASKS: Final = Gap("masked columns")
STATEMENT: Final = Gap("{} statements", "statements that are in no table of this page")
FORM: Final = Gap("{} in this form", "forms of statements that the parser keeps as text, such as COMPACT STORAGE")
LONG_STATEMENT: Final = Gap("statements longer than {} characters", "statements of more than 1 MiB over the port")
TRACING: Final = Gap("tracing")

# The system's tables
SYSTEM_WRITES: Final = Gap("writes to system tables")
SYSTEM_TABLE: Final = Gap("the table {}.{}", "tables of the system other than those that clients read on connecting")

# Indexes
INDEX_CLASS: Final = Gap("indexes of the class {}", "index classes other than the server's own and SAI")
INDEX_OPTION: Final = Gap(
    "restrictions on an index with the option {}", "restrictions on SAI indexes that analyse texts"
)
INDEX_EXPRESSION: Final = Gap("custom index expressions")
ANN_BESIDE: Final = Gap("ANN OF beside what only an index of another kind finds")

# Queries and conditions
GROUP_FUNCTION: Final = Gap("functions in GROUP BY")
GROUP_EXPRESSION: Final = Gap("expressions in GROUP BY")
SELECTED: Final = Gap("{} in a SELECT list", "terms in a SELECT list that are no columns, parts of them or calls")
WRITTEN: Final = Gap("{} of such a term", "writetime and ttl of terms other than columns and parts of them")
WRITTEN_PART: Final = Gap(
    "{} inside another term, which a server takes for a list",
    "writetime and ttl of a part of a collection inside other terms, which a server takes for a list",
)
CONDITION: Final = Gap("the operator {} in conditions", "operators in IF that the server does not document")
VALUE: Final = Gap("{} as a value", "terms as values that are no literals, marks or calls")

# Values
CUSTOM_TYPE: Final = Gap("types that a string names by their Java class")
TYPE_NAME: Final = Gap("names of types of other characters than letters, digits and underscores")
LITERAL: Final = Gap("literals of {}", "literals of custom types")
BACKSLASH: Final = Gap("texts with a backslash as values of tuples")
ZONE: Final = Gap("names of time zones other than UTC in a timestamp")
HOST: Final = Gap("names of hosts as values of inet")
JSON: Final = Gap("JSON of {}", "JSON of custom types")

# What makes a server fail, or makes servers differ
DELETED_COUNTER: Final = Gap("adding to a counter whose row was deleted, which servers answer in different ways")
UNSET_INDEX: Final = Gap("an unset index of a list in a condition, which makes a server fail")
FIELD_OF_OTHER: Final = Gap(
    "a condition on a field of the column {}, which is no user-defined type: a server fails",
    "a condition on a field of what is no user-defined type, which makes a server fail",
)
MALFORMED_TUPLE: Final = Gap("a comparison with a tuple of malformed bytes, which makes a server fail")
NULL_TUPLE: Final = Gap("null for several columns of the key together, which makes a server fail")
UNSET_VECTOR: Final = Gap("an unset value in an IN on a vector, which makes a server fail")
UNSET_TOKEN: Final = Gap("an unset token, which makes a server fail")
NO_STRATEGY: Final = Gap("a replication without a class, which makes a server fail")
NULL_BOUND: Final = Gap("a DELETE of a range with a null bound, which makes a server fail")
SIZE: Final = Gap(
    "the size {} in options of a compaction", "sizes in options of a compaction in another form than 100MiB"
)
NAME_OF_VIEW: Final = Gap("a table with the name of a materialized view, which makes a server fail")
EMPTY_SMALL: Final = Gap(
    "an empty {} in INSERT JSON, which makes a server fail when it is compared",
    "an empty string for a smallint or a tinyint in INSERT JSON, which makes a server fail when it is compared",
)
VIEW_WITH_NULL: Final = Gap("a view that compares with null, which makes writes to its table fail")
FLOOR_RANGE: Final = Gap("floor of a timestamp so long after its start that no duration reaches it")
LONG_NUMBER: Final = Gap("calculations with numbers of more than 4,300 digits")
EQUAL_KEYS: Final = Gap("a map in a SELECT list with equal keys, which a server writes with a wrong length")
UNFIT_VECTOR: Final = Gap(
    "a vector that its index cannot hold (zeros, NaN, infinity, beyond 1e17), which makes a server fail"
)
