import pytest
from hypothesis import given
from hypothesis import strategies as st

from coodie.cql.vints import pack_uvint, pack_varint, pack_vint, unpack_uvint, unpack_varint, unpack_vint


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "0080"),
        (-1, "ff"),
        (-128, "80"),
        (-129, "ff7f"),
        (2**64, "01" + "00" * 8),
    ],
)
def test_varints_are_as_short_as_can_be(value, data):
    assert pack_varint(value).hex() == data
    assert (
        unpack_varint(bytes.fromhex(data))
        == unpack_varint(bytes.fromhex(("ff" if value < 0 else "00") + data))
        == value
    )


@given(st.integers())
def test_varints_come_back(value):
    assert unpack_varint(pack_varint(value)) == value


def test_a_varint_of_a_million_digits_takes_no_time_to_speak_of():
    # Linear: one that goes by the square would take minutes here.
    value = 7 << 4_000_000
    assert unpack_varint(pack_varint(value)) == value
    assert unpack_varint(pack_varint(-value)) == -value


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8080"),
        (2**14 - 1, "bfff"),
        (2**14, "c04000"),
        (2**32, "f100000000"),
        (2**56 - 1, "feffffffffffffff"),
        (2**56, "ff0100000000000000"),
        (2**64 - 1, "ff" * 9),
    ],
)
def test_the_first_byte_of_a_uvint_tells_how_many_follow(value, data):
    assert pack_uvint(value).hex() == data
    assert unpack_uvint(b"--" + bytes.fromhex(data) + b"-", 2) == (value, 2 + len(data) // 2)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0, "00"),
        (-1, "01"),
        (1, "02"),
        (-64, "7f"),
        (64, "8080"),
        (2**63 - 1, "fffffffffffffffffe"),
        (-(2**63), "ffffffffffffffffff"),
    ],
)
def test_vints_of_small_numbers_are_short_whatever_their_sign(value, data):
    assert pack_vint(value).hex() == data
    assert unpack_vint(bytes.fromhex(data)) == (value, len(data) // 2)


@given(st.integers(-(2**63), 2**63 - 1))
def test_vints_come_back(value):
    data = pack_vint(value)
    assert unpack_vint(data) == (value, len(data))


@pytest.mark.parametrize("value", [-1, 2**64])
def test_a_uvint_has_64_bits(value):
    with pytest.raises(ValueError, match="64 bits"):
        pack_uvint(value)


@pytest.mark.parametrize("value", [-(2**63) - 1, 2**63])
def test_a_vint_has_64_bits(value):
    with pytest.raises(ValueError, match="64 bits"):
        pack_vint(value)


@pytest.mark.parametrize("data", ["", "80", "c040", "ff" * 8])
def test_bytes_that_end_too_early_are_an_error(data):
    with pytest.raises(ValueError, match="the bytes end"):
        unpack_uvint(bytes.fromhex(data))
