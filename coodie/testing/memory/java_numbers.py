"""Texts of numbers as Java reads them: not those that Python takes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

# The digits of any script: `Character.digit` has them in one unit of UTF-16 only.
_WHOLE: Final = re.compile(r"[+-]?\d+")
_DECIMAL: Final = re.compile(r"([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?)(\d+))?")
_ONE_UNIT: Final = "\uffff"
_MOST_DIGITS: Final = 10
"""Of an exponent, without zeros before them."""

_SPACES: Final = "".join(map(chr, range(33)))
_DIGITS: Final = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_HEX: Final = r"0[xX](?:[0-9a-fA-F]+\.?|[0-9a-fA-F]*\.[0-9a-fA-F]+)[pP][+-]?[0-9]+"
_DOUBLE: Final = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<word>NaN|Infinity)|(?:(?P<digits>{_DIGITS})|(?P<hex>{_HEX}))[fFdD]?)"
)


def is_of_units(text: str) -> bool:
    """Whether each character of a text is one of Java's."""
    return max(text) <= _ONE_UNIT


def is_whole(text: str) -> bool:
    """Whether ``Integer.parseInt``, ``new BigInteger`` and their like read a text, but for its size."""
    return _WHOLE.fullmatch(text) is not None and is_of_units(text)


def whole(text: str) -> int:
    """A whole number of any length; `int` takes 4,300 digits."""
    return int(Decimal(text))


def decimal_parts(text: str) -> tuple[int, int] | None:
    """The unscaled number and the scale that ``new BigDecimal`` reads, None if it reads none."""
    found = _DECIMAL.fullmatch(text)
    if found is None or not is_of_units(text):
        return None
    sign, digits, fraction, minus, exponent = found.groups()
    power = "".join([str(int(digit)) for digit in exponent or "0"]).lstrip("0")
    if len(power) > _MOST_DIGITS:
        return None
    tens = int(f"{minus or ''}{power or 0}")
    scale = len(fraction) - tens
    if not -(1 << 31) <= tens < 1 << 31 or not -(1 << 31) <= scale < 1 << 31:
        return None
    return whole(f"{sign}{digits}{fraction}"), scale


def floating(text: str) -> str | None:
    """Python's text of the number that ``Double.parseDouble`` and ``Float.parseFloat`` read, None if they read none."""
    found = _DOUBLE.fullmatch(text.strip(_SPACES))
    if found is None:
        return None
    if found["word"] == "NaN":
        return "nan"
    if found["hex"] is None:
        return found["sign"] + (found["digits"] or "inf")
    return found["sign"] + _of_hex(found["hex"])


def _of_hex(text: str) -> str:
    try:
        near = float.fromhex(text)
    except OverflowError:
        return "inf"
    if not near:
        return "0.0"
    digits, power = re.split("[pP]", text[2:])
    before, _, after = digits.partition(".")
    number, twos = int(before + after, 16), int(power) - 4 * len(after)
    # all of its digits, since a float is rounded once
    exact = Decimal(number << twos) if twos >= 0 else Decimal(number * 5**-twos)
    return f"{exact}e{min(twos, 0)}"
