"""The options of tables, and the values that the server accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from coodie.tables.options import MAX_TTL
from coodie.tables.table import OptionPairs
from coodie.testing.memory.errors.schema import (
    NO_BLOOM,
    NO_COMPACTION,
    NOT_A_NUMBER,
    NOT_WITHIN,
    TOO_LARGE,
    TOO_SMALL,
    UNKNOWN_PROPERTY,
)
from coodie.testing.memory.java import double_text
from coodie.testing.memory.system_options import table_options

_KNOWN: Final = frozenset(
    {
        *("additional_write_policy", "allow_auto_snapshot", "bloom_filter_fp_chance", "caching", "cdc", "comment"),
        *("compaction", "compression", "crc_check_chance", "default_time_to_live", "extensions", "gc_grace_seconds"),
        *("id", "incremental_backups", "max_index_interval", "memtable", "memtable_flush_period_in_ms"),
        *("min_index_interval", "read_repair", "speculative_retry"),
        *("dclocal_read_repair_chance", "read_repair_chance"),
    }
)
_LEAST: Final = {
    "gc_grace_seconds": 0,
    "default_time_to_live": 0,
    "memtable_flush_period_in_ms": 0,
    "min_index_interval": 1,
}
_BLOOM: Final = "bloom_filter_fp_chance"
_LEAST_BLOOM: Final = 6.71e-5
_COMPACTIONS: Final = frozenset(
    {"SizeTieredCompactionStrategy", "LeveledCompactionStrategy", "TimeWindowCompactionStrategy"}
    | {"UnifiedCompactionStrategy", "DateTieredCompactionStrategy"}
)


_WHOLE: Final = frozenset({*_LEAST, "max_index_interval"})
_FRACTIONS: Final = frozenset({"bloom_filter_fp_chance", "crc_check_chance"})


def check_numbers(options: OptionPairs) -> None:
    """Refuse options that should be numbers and are not, which the server does before anything else."""
    for name, value in options:
        if name in _WHOLE and not re.fullmatch(r"[+-]?\d+", str(value)):
            raise NOT_A_NUMBER("integer", value, name)
        if name in _FRACTIONS and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", str(value)):
            raise NOT_A_NUMBER("double", value, name)


def altered(old: OptionPairs, given: Mapping[str, Any]) -> OptionPairs:
    """The options after an ALTER. Another compaction does not change the bloom filters, whose default it once was."""
    kept = {_BLOOM: table_options(old)[_BLOOM]} if "compaction" in given else {}
    return tuple({**kept, **dict(old), **given}.items())


def checked(options: OptionPairs) -> OptionPairs:
    """The options themselves. Raises `CqlError` for one that a server would refuse."""
    check_numbers(options)
    for name, value in options:
        if name not in _KNOWN:
            raise UNKNOWN_PROPERTY(name)
        if name in _LEAST and int(value) < _LEAST[name]:
            raise TOO_SMALL(name, _LEAST[name], value)
        if name == "default_time_to_live" and int(value) > MAX_TTL:
            raise TOO_LARGE(name, MAX_TTL, value)
        if name == "crc_check_chance" and not 0.0 <= float(value) <= 1.0:
            raise NOT_WITHIN(name, double_text(float(value)))
        if name == "bloom_filter_fp_chance" and not _LEAST_BLOOM < float(value) <= 1.0:
            raise NO_BLOOM(name, double_text(float(value)))
        if name == "compaction":
            _check_compaction(dict(value))
    return options


def _check_compaction(options: dict[str, Any]) -> None:
    name = str(options.get("class", "")).removeprefix("org.apache.cassandra.db.compaction.")
    if name not in _COMPACTIONS:
        raise NO_COMPACTION(name)
