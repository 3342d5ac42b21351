"""The options of tables: their values as the server reads them, in its order, and what it refuses afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from coodie.tables.options import DEFAULTS, MAX_TTL
from coodie.tables.table import OptionPairs
from coodie.testing.memory.ddl import option_values as values
from coodie.testing.memory.ddl.compaction import check_compaction, read_compaction
from coodie.testing.memory.ddl.compression import read_compression
from coodie.testing.memory.errors import options as errors
from coodie.testing.memory.errors.schema import UNKNOWN_PROPERTY
from coodie.testing.memory.java import double_text
from coodie.testing.memory.system_options import table_options

_BLOOM: Final = "bloom_filter_fp_chance"
_LEAST_BLOOM: Final = 6.71e-5
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def _read_caching(name: str, value: Any) -> OptionPairs:
    found = {"keys": "NONE", "rows_per_partition": "NONE", **values.as_texts(name, value)}
    if (keys := found["keys"].upper()) not in ("ALL", "NONE"):
        raise errors.CACHED_KEYS(found["keys"])
    if (rows := found["rows_per_partition"].upper()) not in ("ALL", "NONE"):
        if not rows.isdecimal():
            raise errors.CACHED_ROWS(found["rows_per_partition"])
        rows = str(values.as_int(rows, errors.JAVA_NUMBER(rows)) or "NONE")
    if other := [key for key in found if key not in ("keys", "rows_per_partition")]:
        raise errors.CACHING(", ".join(other))
    return ("keys", keys), ("rows_per_partition", rows)


def _read_memtable(name: str, value: Any) -> str:
    text = values.as_text(name, value)
    if text != "default":
        raise errors.MEMTABLE(text)
    return text


_PERCENTILE: Final = re.compile(r"(?P<percentile>\d*\.?\d*)p(?:ercentile)?", re.IGNORECASE)
_MILLISECONDS: Final = re.compile(r"(?P<milliseconds>\d*\.?\d*)ms", re.IGNORECASE)
_TWO: Final = re.compile(r"(min|max)\(\s*([^,\s]+)\s*,\s*([^,\s]+)\s*\)", re.IGNORECASE)


def _read_policy(name: str, value: Any) -> str:
    """A policy as the server keeps it: ``99p``, ``50ms``, ``MIN(99p,50ms)``, ``ALWAYS`` or ``NEVER``."""
    text = values.as_text(name, value)
    if text.upper() in ("ALWAYS", "NEVER", "NONE"):
        return "NEVER" if text.upper() == "NONE" else text.upper()
    if two := _TWO.fullmatch(text):
        parts = sorted((_one_policy(text, part) for part in two.groups()[1:]), key=lambda part: part.endswith("ms"))
        if parts[0].endswith("ms") == parts[1].endswith("ms"):
            raise errors.POLICY_OF_ONE_TYPE(text, "FIXED" if parts[0].endswith("ms") else "PERCENTILE")
        return f"{two[1].upper()}({','.join(parts)})"
    return _one_policy(text, text)


def _one_policy(text: str, part: str) -> str:
    if (found := _MILLISECONDS.fullmatch(part)) and found[1].strip("."):
        return f"{int(float(found[1]))}ms"
    found = _PERCENTILE.fullmatch(part)
    if found is None or not found[1].strip("."):
        raise errors.POLICY(text)
    if not 0 < (percentile := float(found[1])) < 100:
        raise errors.POLICY_PERCENTILE(text)
    return f"{percentile:.5f}".rstrip("0").rstrip(".") + "p"


def _read_repair(name: str, value: Any) -> str:
    text = values.as_text(name, value).upper()
    if text not in ("NONE", "BLOCKING"):
        raise errors.READ_REPAIR(text)
    return text


def _as_given(name: str, value: Any) -> Any:
    return value


_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "allow_auto_snapshot": values.boolean,
    _BLOOM: values.fraction,
    "caching": _read_caching,
    "comment": values.as_text,
    "compaction": read_compaction,
    "compression": read_compression,
    "memtable": _read_memtable,
    "default_time_to_live": values.integer,
    "gc_grace_seconds": values.integer,
    "incremental_backups": values.boolean,
    "max_index_interval": values.integer,
    "memtable_flush_period_in_ms": values.integer,
    "min_index_interval": values.integer,
    "speculative_retry": _read_policy,
    "additional_write_policy": _read_policy,
    "crc_check_chance": values.fraction,
    "cdc": values.boolean,
    "read_repair": _read_repair,
    "extensions": _as_given,
    "id": _as_given,
}
"""In the server's order."""


def read_options(options: OptionPairs) -> OptionPairs:
    """The options with the values that a server reads. Raises `CqlError` for what it cannot read, which comes before
    most else that is wrong.
    """
    given = dict(options)
    read = {name: reader(name, given[name]) for name, reader in _READERS.items() if name in given}
    return tuple([(name, read.get(name, value)) for name, value in options])


def check_options(options: OptionPairs) -> None:
    """Raise `CqlError` for options, as they were read, that a server has not got, or whose values are out of range."""
    given = dict(options)
    for name in given:
        if name not in _READERS:
            raise UNKNOWN_PROPERTY(name)
    if "compaction" in given:
        check_compaction(dict(given["compaction"]))
    if not _LEAST_BLOOM < (chance := float(given.get(_BLOOM, 1))) <= 1.0 and chance == chance:
        raise errors.NO_BLOOM(_BLOOM, double_text(chance))
    if not 0.0 <= (chance := float(given.get("crc_check_chance", 1))) <= 1.0 and chance == chance:
        raise errors.NOT_WITHIN("crc_check_chance", double_text(chance))
    _check_least(given, "default_time_to_live", 0)
    if given.get("default_time_to_live", 0) > MAX_TTL:
        raise errors.TOO_LARGE("default_time_to_live", MAX_TTL, given["default_time_to_live"])
    _check_least(given, "gc_grace_seconds", 0)
    _check_least(given, "min_index_interval", 1)
    # the server looks at what the statement says alone, and at its defaults
    low, high = (given.get(name, DEFAULTS[name]) for name in ("min_index_interval", "max_index_interval"))
    if high < low:
        raise errors.INTERVALS(low, high)
    _check_least(given, "memtable_flush_period_in_ms", 0)


def check_id(options: OptionPairs) -> None:
    """Raise `CqlError` for an id of a table that is no UUID."""
    for name, value in options:
        if name == "id" and not _UUID.fullmatch(values.as_text(name, value)):
            raise errors.TABLE_ID()


def _check_least(given: Mapping[str, Any], name: str, least: int) -> None:
    if given.get(name, least) < least:
        raise errors.TOO_SMALL(name, least, given[name])


def altered(old: OptionPairs, given: Mapping[str, Any]) -> OptionPairs:
    """The options after an ALTER. Another compaction does not change the bloom filters, whose default it once was."""
    kept = {_BLOOM: table_options(old)[_BLOOM]} if "compaction" in given else {}
    return tuple({**kept, **dict(old), **given}.items())
