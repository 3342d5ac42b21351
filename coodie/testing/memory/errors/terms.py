"""The messages about literals, functions, casts, arithmetic and JSON."""

from __future__ import annotations

from typing import Final

from coodie.testing.memory.errors.base import (
    FUNCTION_FAILURE,
    CqlError,
    ErrorText,
    function_failure,
    invalid,
    server_error,
    syntax,
)

# Literals
WRONG_CONSTANT: Final = invalid('Invalid {} constant ({}) for "{}" of type {}')
NO_NUMBER: Final = invalid("Unable to make {} from '{}'")
NO_VARINT: Final = invalid("unable to make int from '{}'")
NO_DECIMAL: Final = invalid("unable to make BigDecimal from '{}'")
BEYOND_DOUBLE: Final = syntax(
    "Failed parsing statement: [{}] reason: NumberFormatException Character I is neither a decimal digit number, "
    'decimal point, nor "e" notation exponential mark.',
    exact=False,
)
NO_DATE: Final = invalid("Unable to coerce '{}' to a formatted date (long)")
NO_DAYS: Final = invalid("Unable to make unsigned int (for date) from: '{}'")
NO_TIME: Final = invalid("(TimeType) Unable to coerce '{}' to a formatted time (long)")
NO_NANOSECONDS: Final = invalid("Unable to make long (for time) from: '{}'")
NO_MOMENT: Final = invalid("Unable to parse a date/time from '{}'")
NO_MILLISECONDS: Final = invalid("Unable to make long (for date) from: '{}'")
NO_DURATION: Final = invalid("Unable to convert '{}' to a duration")
DURATION_DIGITS: Final = server_error('java.lang.NumberFormatException: For input string: "{}"')
DURATION_TOO_LONG: Final = invalid("Invalid duration. The total number of {} must be less or equal to 2147483647")
NO_ADDRESS: Final = invalid("Unable to make inet address from '{}'")
NOT_ASCII: Final = invalid(
    "Invalid ASCII character in string literal: java.nio.charset.UnmappableCharacterException: Input length = 1"
)
NOT_HEX: Final = invalid("cannot parse '{}' as hex bytes")
NO_CHARACTER_OF_HEX: Final = server_error(
    "java.lang.ArrayIndexOutOfBoundsException: Index {} out of bounds for length 256"
)
NOT_BOOLEAN: Final = invalid("Unable to make boolean from '{}'")
NOT_UUID: Final = invalid("Unable to make UUID from '{}'")
UNKNOWN_TIMEUUID: Final = invalid("Unknown timeuuid representation: {}")
NOT_TIMEUUID: Final = invalid("TimeUUID supports only version 1 UUIDs")
COUNTER_NULL: Final = invalid("Invalid null value for counter increment/decrement")

# Collections and their like
NOT_A_LIST: Final = invalid("Unexpected receiver type '{}'; only list and vector are expected", exact=False)
WRONG_LITERAL: Final = invalid("Invalid {} literal for {} of type {}")
WRONG_ELEMENT: Final = invalid("Invalid {} literal for {}: {} {} is not of type {}")
MARK_IN_COLLECTION: Final = invalid(
    "Invalid {} literal for {}: bind variables are not supported inside collection literals"
)
NULL_IN_COLLECTION: Final = invalid("null is not supported inside collections")
NULL_IN_VECTOR: Final = invalid("null is not supported inside vectors")
TUPLE_TEXT_TOO_LONG: Final = invalid("Invalid tuple literal: too many elements. Type {} expects {} but got {}")
TUPLE_TOO_LONG: Final = invalid("Invalid tuple literal for {}: too many elements. Type {} expects {} but got {}")
WRONG_COMPONENT: Final = invalid("Invalid tuple literal for {}: component {} is not of type {}")
UNSET_IN_TUPLE: Final = invalid("Invalid unset value for tuple field number {}")
UNSET_FIELD: Final = invalid("Invalid unset value for field '{}' of user defined type {}")
WRONG_FIELD: Final = invalid("Invalid user type literal for {}: field {} is not of type {}")
UNKNOWN_FIELD: Final = invalid("Unknown field '{}' in value of user defined type {}")
NO_FIELD_NAME: Final = invalid("{} is not a valid field identifier of type {} ", exact=False)
WRONG_DIMENSION: Final = invalid("Invalid vector literal for {} of type {}; expected {} elements, but given {}")
TUPLE_FOR_UDT: Final = server_error(
    "java.lang.ClassCastException: class org.apache.cassandra.cql3.Tuples$Value cannot be cast to class "
    "org.apache.cassandra.cql3.UserTypes$Value (org.apache.cassandra.cql3.Tuples$Value and "
    "org.apache.cassandra.cql3.UserTypes$Value are in unnamed module of loader 'app')"
)
SHORT_TUPLE: Final = server_error("java.lang.IndexOutOfBoundsException")
MARK_OF_NOTHING: Final = server_error(
    'java.lang.NullPointerException: Cannot read field "ksName" because "first" is null', exact=False
)
LIST_FOR_OTHER: Final = server_error("java.lang.IllegalArgumentException: Unsupported target type: {}", exact=False)
LIST_FOR_VECTOR: Final = server_error(
    "java.lang.ClassCastException: class org.apache.cassandra.db.marshal.{} cannot be cast to class "
    "org.apache.cassandra.db.marshal.VectorType",
    exact=False,
)
TERM_FOR_OTHER: Final = server_error(
    "java.lang.ClassCastException: class org.apache.cassandra.db.marshal.{} cannot be cast to class "
    "org.apache.cassandra.db.marshal.{}",
    exact=False,
)
NO_SUCH_FIELD: Final = server_error(
    "java.lang.IndexOutOfBoundsException: Index {} out of bounds for length {}", exact=False
)

# Types of terms
CANNOT_CAST: Final = invalid("Cannot cast value {} to type {}")
CANNOT_ASSIGN: Final = invalid("Cannot assign value {} to {} of type {}")
NOT_INFERRED: Final = invalid("Cannot infer type for term {} in selection clause (try using a cast to force a type)")
NO_CAST_OF_NOTHING: Final = server_error("java.lang.IndexOutOfBoundsException: Index 0 out of bounds for length 0")
NO_CAST: Final = invalid("{} cannot be cast to {}")

# Functions
UNKNOWN_CALLED: Final = invalid("Unknown function {} called")
UNKNOWN_FUNCTION: Final = invalid("Unknown function '{}'")
COUNT_OF_ARGUMENTS: Final = invalid("Invalid number of arguments in call to function {}: {} required but {} provided")
COUNT_FOR_FACTORY: Final = invalid("Invalid number of arguments for function {}")
WRONG_ARGUMENT: Final = invalid("Type error: {} cannot be passed as argument {} of function {} of type {}")
NO_SIGNATURE: Final = invalid(
    "Invalid call to function {}, none of its type signatures match (known type signatures: {})",
    exact=False,
)
AMBIGUOUS_CALL: Final = invalid(
    "Ambiguous call to function {} (can be matched by following signatures: {}): use type casts to disambiguate",
    exact=False,
)
NO_OPERATION: Final = invalid("the '{}' operation is not supported between {} and {}", exact=False)
AMBIGUOUS_OPERATION: Final = invalid(
    "Ambiguous '{}' operation with args {} and {}: use type hint to disambiguate, example '(int) ?'",
)
AMBIGUOUS_NEGATION: Final = invalid("Ambiguous negation: use type casts to disambiguate")
WRONG_RESULT: Final = invalid("Type error: cannot assign result of function {} (type {}) to {} (type {})")
ARGUMENT_UNKNOWN: Final = invalid(
    "Cannot infer type of argument {} in call to function {}: use type casts to disambiguate",
)
ARGUMENT_NEEDED: Final = invalid("Function {} requires {}, but found argument {} of type {}")
AGGREGATE_IN_WHERE: Final = invalid("Aggregation function are not supported in the where clause")
AGGREGATE_OF_AGGREGATE: Final = invalid("aggregate functions cannot be used as arguments of aggregate functions")
JSON_SELECTED: Final = invalid("{}() cannot be used in the selection clause of a SELECT statement")
UNSET_ARGUMENT: Final = invalid("Invalid unset value for argument in call to function {}")
NOT_BINARY: Final = invalid("In call to function {}, value {} is not a valid binary representation for type {}")

# What fails while it runs
_OPERATION_FAILED: Final = function_failure("the operation '{} {} {}' failed: {}")
_FUNCTIONS: Final = {"+": "_add", "-": "_substract", "*": "_multiply", "/": "_divide", "%": "_modulo"}


def operation_failed(left: object, sign: str, right: object, why: object) -> CqlError:
    """What arithmetic fails with; for the server it is a function too."""
    types = (str(left), str(right))
    return _OPERATION_FAILED(left, sign, right, why, keyspace="system", function=_FUNCTIONS[sign], arg_types=types)


NO_LOGARITHM: Final = server_error("java.lang.ArithmeticException: {} of number zero or less")
OVERFLOW: Final = server_error("java.lang.ArithmeticException: Overflow")
FLOOR_NEGATIVE: Final = invalid("Negative durations are not supported by the floor function")
FLOOR_OF_DATE: Final = invalid(
    "The floor on date values cannot be computed for the {} duration as precision is below 1 day",
)
FLOOR_OF_TIME: Final = invalid("For time values, the floor can only be computed for durations smaller that a day")
FLOOR_TOO_FINE: Final = invalid("The floor cannot be computed for the {} duration as precision is below 1 millisecond")
FLOOR_TOO_EARLY: Final = invalid("The floor function starting time is greater than the provided time")
PADDING: Final = invalid("The padding argument for function {} should be single-character, but '{}' has {} characters.")
NO_HASH: Final = invalid("Hash algorithm not found: {}")

# Parts of columns
NOT_A_UDT: Final = invalid("Invalid field selection: {} of type {} is not a user type")
NO_FIELD: Final = invalid("{} of type {} has no field {}")
NOT_A_COLLECTION: Final = invalid("Invalid element selection: {} is of type {} is not a collection")
NOT_SLICED: Final = invalid("Invalid slice selection: {} of type {} is not a collection")
ELEMENT_OF_LIST: Final = invalid("Element selection is only allowed on sets and maps, but {} is a list")
SLICE_OF_LIST: Final = invalid("Slice selection is only allowed on sets and maps, but {} is a list")
NULL_ELEMENT: Final = invalid("Invalid null value for element selection on {}")
UNSET_ELEMENT: Final = invalid("Invalid unset value for element selection on {}")
NULL_SLICE: Final = invalid("Invalid null value for slice selection on {}")
NOT_TERMINAL: Final = server_error(
    "java.lang.ClassCastException: class org.apache.cassandra.cql3.functions.FunctionCall cannot be cast to class "
    "org.apache.cassandra.cql3.Term$Terminal",
    exact=False,
)
TIME_OF_KEY: Final = invalid("Cannot use selection function {} on PRIMARY KEY part {}")

# JSON
JSON_FAILED: Final = ErrorText(
    FUNCTION_FAILURE,
    "execution of 'system.{}[text]' failed: Could not decode JSON string '{}': ",
    exact=False,
)
JSON_WRONG: Final = ErrorText(FUNCTION_FAILURE, "org.apache.cassandra.serializers.MarshalException: {}", exact=False)
JSON_RETURN: Final = server_error(
    "java.lang.RuntimeException: Return of function system.from_json : (text) -> {} () is not a valid value "
    "for its declared return type {}",
)
JSON_COLUMN: Final = invalid("Error decoding JSON value for {}: {}", exact=False)
JSON_NO_MAP: Final = invalid("Could not decode JSON string as a map: ", exact=False)
JSON_NO_COLUMN: Final = invalid("JSON values map contains unrecognized column: {}")

# Vectors and casts
OTHER_DIMENSION: Final = invalid("All arguments must have the same vector dimensions")
ZERO_VECTOR: Final = invalid("Function {} doesn't support all-zero vectors.")
NOT_FINITE: Final = server_error(
    "java.lang.NumberFormatException: Character {} is neither a decimal digit number, decimal point, "
    'nor "e" notation exponential mark.'
)
JSON_NULL: Final = invalid("Got null for INSERT JSON values")
NULL_IN_SELECTED_VECTOR: Final = server_error(
    "org.apache.cassandra.serializers.MarshalException: Element at index 0 is null",
    exact=False,
)
VECTOR_SIZE: Final = invalid("Unable to create a vector selector of type {} from {} elements")
NULL_READ: Final = server_error(
    "org.apache.cassandra.serializers.MarshalException: Null value read when not allowed", exact=False
)
NULL_IN_SET: Final = server_error(
    'java.lang.NullPointerException: Cannot invoke "java.nio.ByteBuffer.remaining()" because "value" is null',
    exact=False,
)
