"""Numbers as Java writes and rounds them: the texts of casts and of JSON, and the arithmetic of decimals."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from math import copysign, inf, isinf, isnan, nan
from struct import Struct
from typing import Final

from coodie.cql.values import MAX_DIGITS
from coodie.testing.memory.errors.gaps import LONG_NUMBER
from coodie.testing.memory.java_digits import digits_of

NO_NUMBER: Final = copysign(nan, -1)
"""What processors make of 0 / 0 and the like: a NaN with its sign set, unlike that of a literal."""

_float: Final = Struct(">f")


def double_text(value: float) -> str:
    """The result of ``Double.toString``."""
    return _text(value, False)


def float_text(value: float) -> str:
    """The result of ``Float.toString`` for a 32-bit float."""
    return _text(value, True)


def _text(value: float, single: bool) -> str:
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    minus = "-" if copysign(1, value) < 0 else ""
    if not value:
        return f"{minus}0.0"
    digits, place = digits_of(abs(value), single)
    text = digits.rstrip("0")
    if -3 < place <= 7:
        if place <= 0:
            return f"{minus}0.{'0' * -place}{text}"
        whole, rest = text[:place].ljust(place, "0"), text[place:]
        return f"{minus}{whole}.{rest or '0'}"
    return f"{minus}{text[0]}.{text[1:] or '0'}E{place - 1}"


def to_float(value: float) -> float:
    """The nearest 32-bit float; infinity for a number outside of their range."""
    try:
        return _float.unpack(_float.pack(value))[0]  # type: ignore[no-any-return]
    except OverflowError:
        return inf if value > 0 else -inf


def pack_float(value: float) -> bytes:
    """A float in bytes."""
    return _float.pack(to_float(value))


def parsed_float(text: str) -> bytes:
    """The 32-bit float nearest to the number in a text, rounded only once."""
    found = to_float(float(text))
    if isinf(found) or isnan(found) or not float(text):
        return _float.pack(found)
    wanted = Decimal(text)
    (bits,) = Struct(">i").unpack(_float.pack(found))
    near = [bits + step for step in (0, -1, 1) if 0 <= (bits + step) & 0x7FFFFFFF < 0x7F800000]
    floats = [(_distance(each, wanted), each & 1, each) for each in near]
    return Struct(">i").pack(min(floats)[2])


def _distance(bits: int, wanted: Decimal) -> Decimal:
    value = Decimal(_float.unpack(Struct(">i").pack(bits))[0])
    return _EXACT.abs(_EXACT.subtract(value, wanted))


_EXACT: Final = Context(prec=2000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
WIDE: Final = Context(prec=10_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
"""For sums and products of decimals, which Java never rounds."""


def wrapped(value: int, bits: int) -> int:
    """The number cut to this many bits, as by integer overflow."""
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


def saturated(value: float, bits: int) -> int:
    """A float converted to an integer of this many bits: the nearest one if it is out of range, 0 for NaN."""
    if isnan(value):
        return 0
    most = (1 << bits - 1) - 1
    return most if value >= most else -most - 1 if value <= -most - 1 else int(value)


def rounded(value: float, bits: int) -> int:
    """The result of ``Math.round``, which rounds half up."""
    if isnan(value) or isinf(value):
        return saturated(value, bits)
    whole = Decimal(value)
    found = int(WIDE.divide_int(WIDE.add(whole, Decimal("0.5")), Decimal(1)))
    if Decimal(found) > WIDE.add(whole, Decimal("0.5")):
        found -= 1
    return saturated(float(found), bits)


def near(value: Decimal, other: Decimal) -> Decimal:
    """The first of two decimals, unless so many digits lie between the ends of both that no decimal holds them."""
    highest = max(value.adjusted(), other.adjusted())
    if highest + max(scale_of(value), scale_of(other)) > MAX_DIGITS:
        raise LONG_NUMBER()
    return value


def decimal_quotient(left: Decimal, right: Decimal) -> Decimal:
    """The quotient of decimals as on the server: at least 32 digits after the point, without trailing zeros."""
    scale = max(scale_of(left), scale_of(right), 32, 32 - _quotient_place(left, right))
    digits = scale + max(left.adjusted() - right.adjusted(), 0) + 10
    context = Context(prec=max(digits, 1), Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
    exact = _scaled_quotient(left, right, scale, context)
    return stripped(exact)


def _scaled_quotient(left: Decimal, right: Decimal, scale: int, context: Context) -> Decimal:
    """The exact quotient rounded half up to this many digits after the point."""
    shift = scale + scale_of(right) - scale_of(left)
    above, below = unscaled(left), unscaled(right)
    if shift >= 0:
        above *= 10**shift
    else:
        below *= 10**-shift
    whole, rest = divmod(abs(above), abs(below))
    if 2 * rest >= abs(below):
        whole += 1
    sign = -1 if (above < 0) != (below < 0) else 1
    return Decimal(sign * whole).scaleb(-scale, WIDE)


def _quotient_place(left: Decimal, right: Decimal) -> int:
    """The position of the quotient's first digit, as the server estimates it from the operands."""
    if not left:
        return 0
    place = left.adjusted() - right.adjusted()
    return place


def scale_of(value: Decimal) -> int:
    """The number of digits after the point; negative for trailing zeros before it."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    return -exponent


def unscaled(value: Decimal) -> int:
    """The digits as a whole number."""
    return int(value.scaleb(scale_of(value), WIDE))


def stripped(value: Decimal) -> Decimal:
    """The number without trailing zeros; a zero becomes plain 0."""
    if not value:
        return Decimal(0)
    return value.normalize(WIDE)


def decimal_remainder(left: Decimal, right: Decimal) -> Decimal:
    """The remainder of an integer division, with the sign of the left operand."""
    whole, rest = divmod(abs(_at_scale(left, right)), abs(_at_scale(right, left)))
    preferred = scale_of(left) - scale_of(right)
    zeros = len(str(whole)) - len(str(whole).rstrip("0")) if whole else -preferred
    scale = scale_of(left) if preferred >= 0 else scale_of(right) - min(zeros, -preferred)
    exact = Decimal(-rest if left < 0 else rest).scaleb(-max(scale_of(left), scale_of(right)), WIDE)
    return to_scale(exact, scale)


def _at_scale(value: Decimal, other: Decimal) -> int:
    """The digits as a whole number, at the larger scale of the two numbers."""
    power: int = 10 ** (max(scale_of(value), scale_of(other)) - scale_of(value))
    return unscaled(value) * power


def to_scale(value: Decimal, scale: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """The number with this many digits after the point."""
    return value.quantize(Decimal(1).scaleb(-scale, WIDE), rounding, WIDE)
