"""The option ``compaction``: the strategies, their options and the values of these."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from coodie.tables.table import OptionPairs
from coodie.testing.memory.ddl import option_values as values
from coodie.testing.memory.errors import gaps
from coodie.testing.memory.errors import options as errors
from coodie.testing.memory.errors.base import ErrorText
from coodie.testing.memory.java import double_text
from coodie.testing.memory.java_numbers import floating, whole

_PACKAGE: Final = "org.apache.cassandra.db.compaction."
_OVERLAPPING: Final = "provide_overlapping_tombstones"
_AT_LEAST_2: Final = ("min_threshold", "max_threshold")

Check = Callable[[dict[str, str], str], None]
"""Looks at one option of a strategy, among the others."""


def read_compaction(name: str, value: object) -> OptionPairs:
    """What the server reads in the option. Raises its error for a strategy that it has not got."""
    given = values.as_texts(name, value)
    if "class" not in given:
        raise errors.NO_COMPACTION_CLASS()
    if _plain(given["class"]) not in _STRATEGIES:
        named = given["class"]
        raise errors.NO_COMPACTION(named if "." in named else _PACKAGE + named)
    if (text := given.get(_OVERLAPPING, "NONE").upper()) not in ("NONE", "ROW", "CELL"):
        raise errors.OVERLAPPING(text)
    return tuple(given.items())


def check_compaction(given: dict[str, str]) -> None:
    """Raise the server's error for an option that the strategy has not got, or for a value that it does not take."""
    strategy = _plain(given["class"])
    checks = {**_OF_EACH, **_STRATEGIES[strategy]}
    for name, check in checks.items():
        if name in given:
            check(given, name)
    thresholds = () if strategy == "UnifiedCompactionStrategy" else _AT_LEAST_2
    if unknown := [name for name in given if name not in (*checks, *thresholds, "class")]:
        raise errors.COMPACTION(", ".join(unknown), strategy)
    if thresholds:
        _check_thresholds(given)


def _plain(name: str) -> str:
    return name.removeprefix(_PACKAGE)


def _check_thresholds(given: dict[str, str]) -> None:
    least, most = given.get("min_threshold", "4"), given.get("max_threshold", "32")
    for name, text in zip(_AT_LEAST_2, (least, most), strict=True):
        if not text or not text.isdecimal():
            raise errors.THRESHOLD(text, name)
    low, high = (values.as_int(text, errors.JAVA_NUMBER(text)) for text in (least, most))
    if not low or not high:
        raise errors.NO_THRESHOLD()
    if low < 2:
        raise errors.LOW_THRESHOLD(low)
    if low > high:
        raise errors.THRESHOLDS(low, high)


def _number(given: dict[str, str], name: str, *, bits: int, least: int, refusal: ErrorText, what: str = "int") -> None:
    text = given[name]
    number = values.as_int(text, errors.NOT_PARSABLE(text, f"{what} (base10)", name), bits)
    if number < least:
        raise refusal(name, number)


def _threshold(given: dict[str, str], name: str) -> None:
    text = given[name]
    number = values.as_double(text, errors.NOT_PARSABLE(text, "int (base10)", name))
    if number < 0:
        raise errors.NOT_POSITIVE(name, f"{number:f}")


def _word(given: dict[str, str], name: str, refusal: ErrorText) -> None:
    if given[name].lower() not in ("true", "false"):
        raise refusal(name, given[name])


def _buckets(given: dict[str, str], name: str) -> None:
    found: dict[str, float] = {}
    for each, usual in (("bucket_low", "0.5"), ("bucket_high", "1.5")):
        text = given.get(each, usual)
        found[each] = values.as_double(text, errors.NOT_PARSABLE(text, "float", each))
    low, high = found["bucket_low"], found["bucket_high"]
    if high <= low:
        raise errors.BUCKETS(double_text(high), double_text(low))


def _one_of(given: dict[str, str], name: str, known: tuple[str, ...]) -> None:
    if given[name] not in known:
        raise errors.NOT_VALID(given[name], name)


def _aggressive(given: dict[str, str], name: str, refusal: ErrorText) -> None:
    _word(given, name, refusal)
    if given[name].lower() == "true":
        raise errors.AGGRESSIVE(name)


_SCALING: Final = re.compile(r"N|L[0-9]+|T[0-9]+|[+-]?[0-9]+")


def _scaling(given: dict[str, str], name: str) -> None:
    for part in given[name].split(","):
        text = part.strip()
        if not _SCALING.fullmatch(text):
            raise errors.SCALING(text)
        if text[0] in "LT" and whole(text[1:]) < 2:
            raise errors.FAN(text)


_SIZE: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?)\s*([KMGT]i?)?B")
_UNITS: Final = {"": 1} | {
    f"{unit}{i}": base**power for power, unit in enumerate("KMGT", 1) for i, base in (("", 1000), ("i", 1024))
}
_LEAST_SIZE: Final = 1 << 20
_TARGET: Final = "target_sstable_size"


def _bytes(text: str) -> float | None:
    found = _SIZE.fullmatch(text)
    return None if found is None else float(found[1]) * _UNITS[found[2] or ""]


def _size(given: dict[str, str], name: str) -> None:
    text = given[name]
    size = _bytes(text)
    if size is None:
        if text.endswith("B"):
            raise gaps.SIZE(text)
        raise errors.NO_SIZE(name, text)
    if size < _LEAST_SIZE:
        raise errors.SMALL_SIZE(name, text)


def _least_size(given: dict[str, str], name: str) -> None:
    text = given[name]
    size, target = _bytes(text), _bytes(given.get(_TARGET, "1GiB"))
    if size is None or target is None:
        if text.endswith("B"):
            raise gaps.SIZE(text)
        raise errors.NO_LEAST_SIZE(text, name)
    if size >= target * 0.7:
        raise errors.LARGE_SIZE(name)


def _growth(given: dict[str, str], name: str) -> None:
    text = given[name]
    if floating(text) is None:
        raise errors.GROWTH(name, text)
    if not 0 <= float(floating(text) or 0) <= 1:
        raise errors.GROWTH_RANGE(name, text)


def _overlap(given: dict[str, str], name: str) -> None:
    if given[name].upper() not in ("NONE", "SINGLE", "TRANSITIVE"):
        raise errors.OVERLAP(given[name])


_int: Final = partial(_number, bits=32)
_long: Final = partial(_number, bits=64)
_NO_LEAST: Final = -(1 << 31)


def _any(given: dict[str, str], name: str) -> None:
    pass


_OF_EACH: Final[dict[str, Check]] = {
    "tombstone_threshold": _threshold,
    "tombstone_compaction_interval": partial(_long, least=0, refusal=errors.NOT_POSITIVE),
    "unchecked_tombstone_compaction": partial(_word, refusal=errors.UNCHECKED_WORD),
    "log_all": partial(_word, refusal=errors.QUOTED_WORD),
    "enabled": partial(_word, refusal=errors.PLAIN_WORD),
    "only_purge_repaired_tombstones": _any,
    _OVERLAPPING: _any,
}
_SIZE_TIERED: Final[dict[str, Check]] = {
    "min_sstable_size": partial(_long, least=0, refusal=errors.NEGATIVE_SIZE),
    "bucket_low": _buckets,
    "bucket_high": _buckets,
}
_STRATEGIES: Final[dict[str, dict[str, Check]]] = {
    "SizeTieredCompactionStrategy": _SIZE_TIERED,
    "LeveledCompactionStrategy": {
        "sstable_size_in_mb": partial(_int, least=1, refusal=errors.NOT_LARGER),
        "fanout_size": partial(_int, least=1, refusal=errors.NOT_LARGER),
        "single_sstable_uplevel": _any,
        **_SIZE_TIERED,
    },
    "TimeWindowCompactionStrategy": {
        "timestamp_resolution": partial(
            _one_of, known=("NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS")
        ),
        "compaction_window_unit": partial(_one_of, known=("MINUTES", "HOURS", "DAYS")),
        "compaction_window_size": partial(_int, least=1, refusal=errors.WINDOW),
        "expired_sstable_check_frequency_seconds": partial(_long, least=0, refusal=errors.NEGATIVE),
        "unsafe_aggressive_sstable_expiration": partial(_aggressive, refusal=errors.WORD_IN_BRACKETS),
        **_SIZE_TIERED,
    },
    "UnifiedCompactionStrategy": {
        "scaling_parameters": _scaling,
        "base_shard_count": partial(_int, least=1, refusal=errors.NOT_CONFIGURED),
        _TARGET: _size,
        "flush_size_override": _size,
        "max_sstables_to_compact": partial(_int, least=_NO_LEAST, refusal=errors.NOT_CONFIGURED),
        "expired_sstable_check_frequency_seconds": partial(_long, least=1, refusal=errors.NOT_CONFIGURED, what="long"),
        "unsafe_aggressive_sstable_expiration": partial(_aggressive, refusal=errors.PLAIN_WORD),
        "overlap_inclusion_method": _overlap,
        "min_sstable_size": _least_size,
        "sstable_growth": _growth,
    },
}
"""The options of each strategy, in the server's order."""
