import pytest

from coodie.cql.murmur3 import partition_key, token


# What a Cassandra 5.0.9 says: SELECT token(k).
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("00000001", -4069959284402364209),
        ("00", 5048724184180415669),
        ("80", -5284281814142962636),
        ("ff", -4442228696663692417),
        ("c716691aaba1b8", 3180652992501154845),
        ("a912646543c6977a", 4937945846202517677),
        ("5a43ac2753cf101711", 5371918028403112814),
        ("13bd120536abce666699a58c1affea", 8925234096617851961),
        ("6a87144aff71eacc524472fd58b2e1c3", -8966259456703690520),
        ("c699100fec48d03857f434856edc63895c", -6527344297625378251),
        ("7aacd44693679dc70abe332ccbdcadd30ed42e1be00d00434bf2e236c865f1", 8564527329266242738),
        ("090b6fed69529006ad1a34d4b32b04a4b0c480ce0304a0424526eaccde429145", -1781672503092513824),
        ("27ff84318587312aa053524f66e4254a107981a0a1ca08de85735dbb030cfff5da", -5374267880446294498),
        (
            "e13639d990014be17327555fca2a3316561b44d8f41b199b240260567ca0f4ab6f804f63c92f86812c2db63fa8832d",
            1713720938183705696,
        ),
        ("ffffffffffffffffffffffffffffff", -2195530867418009455),
        ("808080808080808080808080808080808080808080808080", -8379035891443890106),
    ],
)
def test_tokens_are_those_of_the_server(key, expected):
    assert token(bytes.fromhex(key)) == expected


def test_the_lowest_token_is_the_highest():
    assert token(bytes.fromhex("ee961629b0b5ad1d319e18e83892dbed")) == 2**63 - 1


def test_a_key_of_one_column_stands_as_it_is():
    assert partition_key([b"abc"]) == b"abc"
    assert partition_key([b""]) == b""


def test_each_part_of_a_key_of_several_has_its_length_before_it_and_a_zero_behind_it():
    assert partition_key([b"abc", b"", b"x"]) == b"\x00\x03abc\x00\x00\x00\x00\x00\x01x\x00"


def test_a_part_of_a_composite_key_has_65535_bytes_at_most():
    assert len(partition_key([bytes(65_535), b""])) == 65_541
    with pytest.raises(ValueError, match="65,535"):
        partition_key([bytes(65_536), b""])
