"""The digits that Java prints for a floating number.

They are not always the shortest possible: before Java 19, ``Double.toString`` stops by a rule of its own, which is
implemented here. The server runs on an older Java.
"""

from __future__ import annotations

from math import floor
from struct import pack, unpack
from typing import Final

_HIDDEN: Final = 1 << 52


def digits_of(value: float, single: bool) -> tuple[str, int]:
    """The digits of a number that is finite and above 0, and where its point stands among them."""
    exponent, fraction, bits = _parts_of_float(value) if single else _parts(value)
    zeros = (fraction & -fraction).bit_length() - 1
    size = 53 - zeros
    tiny = max(0, size - exponent - 1)
    if -21 <= exponent <= 62 and tiny == 0:
        return _whole(fraction, exponent, bits)
    return _divided(fraction >> zeros, exponent, size, tiny, bits, _estimate(fraction, exponent))


def _parts(value: float) -> tuple[int, int, int]:
    (raw,) = unpack(">q", pack(">d", value))
    exponent, fraction = raw >> 52, raw & (_HIDDEN - 1)
    return _normal(exponent, fraction, 1023)


def _parts_of_float(value: float) -> tuple[int, int, int]:
    (raw,) = unpack(">i", pack(">f", value))
    exponent, fraction = raw >> 23, raw & 0x7FFFFF
    if exponent:
        return exponent - 127, (fraction | 1 << 23) << 29, 24
    shift = 24 - fraction.bit_length()
    return 1 - shift - 127, fraction << shift + 29, fraction.bit_length()


def _normal(exponent: int, fraction: int, bias: int) -> tuple[int, int, int]:
    """Exponent, digits with the first one at its place, and how many of them count."""
    if exponent:
        return exponent - bias, fraction | _HIDDEN, 53
    shift = 53 - fraction.bit_length()
    return 1 - shift - bias, fraction << shift, fraction.bit_length()


def _whole(fraction: int, exponent: int, bits: int) -> tuple[str, int]:
    """Of a whole number: without the digits that lie below its precision."""
    power = exponent - bits - 1
    dropped = len(str(1 << power)) - 1 if exponent > bits and power > 1 else 0
    number = fraction << exponent - 52 if exponent >= 52 else fraction >> 52 - exponent
    if dropped:
        number, rest = divmod(number, 10**dropped)
        number += rest >= 10**dropped // 2
    text = str(number)
    return text.rstrip("0") or "0", len(text) + dropped


def _estimate(fraction: int, exponent: int) -> int:
    near: float = unpack(">d", pack(">q", 1023 << 52 | (fraction & (_HIDDEN - 1))))[0]
    return floor((near - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981)


def _divided(fraction: int, exponent: int, size: int, tiny: int, bits: int, place: int) -> tuple[str, int]:
    """One digit after another, until what is left is less than half the distance to the next number."""
    fives, twos = max(0, -place), max(0, -place) + tiny + exponent
    below_fives, below_twos = max(0, place), max(0, place) + tiny
    half_twos = twos - bits
    twos -= size - 1
    common = min(twos, below_twos)
    twos, below_twos, half_twos = twos - common, below_twos - common, half_twos - common - (size == 1)
    if half_twos < 0:
        twos, below_twos, half_twos = twos - half_twos, below_twos - half_twos, 0
    strict = _is_small(size + twos, fives) and _is_small(below_twos + 1, below_fives + 1)
    value = fraction * 5**fives << twos
    unit = 5**below_fives << below_twos
    half = 5**fives << half_twos
    return _developed(value, unit, half, place, strict)


def _is_small(twos: int, fives: int) -> bool:
    """Whether Java counts in 64 bits, where it compares a little differently."""
    return twos + ((5**fives).bit_length() if fives < 27 else fives * 3) < 64


def _developed(value: int, unit: int, half: int, place: int, strict: bool) -> tuple[str, int]:
    found: list[int] = []
    ten = unit * 10
    first = True
    while True:
        digit, rest = divmod(value, unit)
        value, half = rest * 10, half * 10
        low = value < half
        high = value + half > ten if strict else value + half >= ten
        if first and digit == 0 and not high:
            place -= 1
        else:
            found.append(digit)
        if first and not -3 <= place < 8:
            low = high = False
        first = False
        if low or high:
            break
    if high and (not low or value * 2 > ten or (value * 2 == ten and found[-1] % 2)):
        return _rounded_up(found, place + 1)
    return "".join(map(str, found)), place + 1


def _rounded_up(found: list[int], place: int) -> tuple[str, int]:
    number = str(int("".join(map(str, found))) + 1)
    return number, place + len(number) - len(found)
