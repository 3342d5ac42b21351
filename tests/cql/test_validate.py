"""Bytes that the server refuses. Its answers are those of a Cassandra 5.0.9, which `tests_integration` asks again."""

from __future__ import annotations

import pytest

from coodie.cql.codecs.codec import INVALID, SERVER_ERROR, InvalidBytes
from coodie.cql.types import NATIVE, CqlType, Udt, parse_type
from coodie.cql.validate import validator_of

U = Udt("u", (("a", NATIVE["int"]), ("b", NATIVE["text"])))
WRAPPED = Udt("wrapped", (("a", U),))
NULL, EMPTY, ONE, TWO = "ffffffff", "00000000", "00000001", "00000002"
INT, SHORT, BAD_TEXT = "0000000431323334", "000000023132", "00000001ff"


def of(kind: CqlType | str) -> CqlType:
    return parse_type(kind) if isinstance(kind, str) else kind


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("tinyint", "", "Expected 1 byte for a tinyint (0)"),
        ("smallint", "010203", "Expected 2 bytes for a smallint (3)"),
        ("int", "01", "Expected 4 or 0 byte int (1)"),
        ("bigint", "01", "Expected 8 or 0 byte long (1)"),
        ("float", "01", "Expected 4 or 0 byte value for a float (1)"),
        ("double", "01", "Expected 8 or 0 byte value for a double (1)"),
        ("decimal", "010203", "Expected 0 or at least 4 bytes (3)"),
        ("boolean", "0101", "Expected 1 or 0 byte value (2)"),
        ("text", "ff", "String didn't validate."),
        ("text", "c3", "String didn't validate."),
        ("text", "e08080", "String didn't validate."),
        ("text", "c08f", "String didn't validate."),
        ("ascii", "6180ff", "Invalid byte for ascii: -128"),
        ("uuid", "01", "UUID should be 16 or 0 bytes (1)"),
        ("timeuuid", "01", "UUID should be 16 or 0 bytes (1)"),
        ("timeuuid", "31" * 16, "Invalid version for TimeUUID type: 0x3"),
        ("timestamp", "01", "Expected 8 or 0 byte long for date (1)"),
        ("date", "", "Expected 4 byte long for date (0)"),
        ("time", "", "Expected 8 byte long for time (0)"),
        ("duration", "0000", "Expected at least 3 bytes for a duration (2)"),
        ("duration", "020100", "The duration months, days and nanoseconds must be all of the same sign (1, -1, 0)"),
        ("duration", "f1ffffffff0000", "The duration months must be a 32 bits integer but was: -4294967296"),
        ("duration", "00f1ffffffff00", "The duration days must be a 32 bits integer but was: -4294967296"),
        ("inet", "3131313131", "Expected 4 or 16 byte inetaddress; got 3131313131"),
        ("list<int>", "", "Not enough bytes to read a list"),
        ("list<int>", ONE, "Not enough bytes to read a list"),
        ("list<int>", TWO + INT, "Not enough bytes to read a list"),
        ("list<int>", ONE + "000000043132", "Not enough bytes to read a list"),
        ("list<int>", ONE + SHORT, "Expected 4 or 0 byte int (2)"),
        ("list<int>", ONE + INT + "78", "Unexpected extraneous bytes after list value"),
        ("list<int>", NULL, "The data cannot be deserialized as a list"),
        ("list<list<int>>", ONE + "00000008" + ONE + NULL, "Null value read when not allowed"),
        ("set<int>", ONE + NULL, "Null value read when not allowed"),
        ("map<int, text>", ONE + INT, "Not enough bytes to read a map"),
        ("map<int, text>", ONE + INT + NULL, "Null value read when not allowed"),
        ("map<int, text>", ONE + INT + BAD_TEXT, "String didn't validate."),
        ("tuple<int, text>", "01", "Not enough bytes to read size of 0th component"),
        ("tuple<int, text>", "0000000431", "Not enough bytes to read 0th component"),
        ("tuple<int, text>", SHORT, "Expected 4 or 0 byte int (2)"),
        ("tuple<int, text>", INT + EMPTY + "78", "Invalid remaining data after end of tuple value"),
        ("vector<float, 2>", "", "Invalid empty vector value"),
        ("vector<float, 2>", "01", "Not enough bytes to read a vector<float, 2>"),
        ("vector<float, 2>", "00" * 12, "Unexpected 4 extraneous bytes after vector<float, 2> value"),
        ("vector<list<int>, 2>", "0400000000", "Not enough bytes to read a vector<frozen<list<int>>, 2>"),
        ("vector<smallint, 2>", "0102", "Expected 2 bytes for a smallint (1)"),
        ("tuple<list<int>>", "00000008" + ONE + NULL, "Null value read when not allowed"),
        ("list<vector<set<int>, 1>>", ONE + "00000005" + "04" + NULL, "The data cannot be deserialized as a set"),
    ],
)
def test_the_server_says_what_is_wrong(kind: CqlType | str, data: str, text: str) -> None:
    with pytest.raises(InvalidBytes) as caught:
        validator_of(of(kind))(bytes.fromhex(data))
    assert (str(caught.value), caught.value.code) == (text, INVALID)


FAILURE = "org.apache.cassandra.serializers.MarshalException: "
ASSERTION = "java.lang.AssertionError: "
NO_SIZE = f"{ASSERTION}Invalidate data at offset 0; saw size of -1 but only >= 0 is expected"


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (U, "01", f"{FAILURE}Not enough bytes to read size of 0th field a"),
        (U, "0000000431", f"{FAILURE}Not enough bytes to read 0th field a"),
        (U, SHORT, f"{FAILURE}Failure validating the 0th field a; Expected 4 or 0 byte int (2)"),
        (U, INT + BAD_TEXT, f"{FAILURE}Failure validating the 1th field b; String didn't validate."),
        (U, INT + EMPTY + EMPTY, f"{FAILURE}Invalid remaining data after end of UDT value"),
        (
            WRAPPED,
            "00000006" + SHORT,
            f"{FAILURE}Failure validating the 0th field a; Failure validating the 0th field a;"
            " Expected 4 or 0 byte int (2)",
        ),
        ("duration", "000080", f"{ASSERTION}Unexpected error"),
        ("vector<text, 1>", "80", NO_SIZE),
        ("vector<text, 1>", "ff" * 9, NO_SIZE),
        (Udt("v", (("a", parse_type("vector<text, 1>")),)), "0000000180", NO_SIZE),
        ("vector<text, 1>", "0561", "java.lang.IndexOutOfBoundsException: Attempted to read 5, but the size is 1"),
        (
            "vector<text, 1>",
            "f0ffffffff",
            "org.apache.cassandra.utils.vint.VIntCoding$VIntOutOfRangeException: 4294967295 is out of range for a"
            " 32-bit integer",
        ),
    ],
    ids=str,
)
def test_here_the_server_fails_where_it_should_refuse(kind: CqlType | str, data: str, text: str) -> None:
    with pytest.raises(InvalidBytes) as caught:
        validator_of(of(kind))(bytes.fromhex(data))
    assert (str(caught.value), caught.value.code) == (text, SERVER_ERROR)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *(
            (name, "")
            for name in ("ascii bigint blob boolean decimal double float inet int text timestamp uuid".split())
        ),
        ("varint", ""),
        ("varint", "0005"),
        ("boolean", "02"),
        ("decimal", "31323334"),
        ("text", "c080"),
        ("text", "eda080"),
        ("text", "f4908080"),
        ("timeuuid", "000000000000100000000000000000ff"),
        ("time", "ff" * 8),
        ("duration", "00000000"),
        ("duration", "0000" + "ff" * 9),
        ("list<int>", EMPTY),
        ("list<int>", TWO + NULL + EMPTY),
        ("list<list<int>>", ONE + NULL),
        ("list<vector<list<int>, 1>>", ONE + "00000005" + "0400000000"),
        ("map<int, text>", TWO + (INT + EMPTY) * 2),
        ("tuple<int, text>", ""),
        ("tuple<int, text>", INT),
        ("tuple<int, text>", NULL + NULL),
        ("tuple<set<int>>", "00000004" + NULL),
        (U, ""),
        (U, NULL),
        ("vector<text, 2>", "0000"),
        ("vector<vector<float, 1>, 2>", "00" * 8),
        ("vector<int, 2>", "00" * 8),
    ],
    ids=str,
)
def test_what_the_server_takes_odd_or_not_is_taken(kind: CqlType | str, data: str) -> None:
    validator_of(of(kind))(bytes.fromhex(data))


def test_only_cql_s_types_can_be_validated() -> None:
    with pytest.raises(TypeError, match="has no codec"):
        validator_of("text")  # type: ignore[arg-type]
