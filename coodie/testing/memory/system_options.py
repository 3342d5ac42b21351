"""The options of a table as the server keeps them: with its defaults, and in its own spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from coodie.tables.options import DEFAULTS, as_map
from coodie.tables.table import OptionPairs

_COMPACTION: Final = "org.apache.cassandra.db.compaction."
_COMPRESSION: Final = "org.apache.cassandra.io.compress."

_DEFAULTS: Final[dict[str, Any]] = {
    **DEFAULTS,
    "caching": {"keys": "ALL", "rows_per_partition": "NONE"},
    "compaction": {"class": "SizeTieredCompactionStrategy"},
    "compression": {"class": "LZ4Compressor"},
    "default_time_to_live": 0,
    "extensions": {},
}
_NOT_KEPT: Final = ("cdc", "extensions", "id")


def table_options(named: OptionPairs) -> dict[str, Any]:
    """All options of a table of which a statement named these, by the columns of ``system_schema.tables``."""
    given = {name: as_map(value) for name, value in named if name not in _NOT_KEPT}
    found = {name: _SPELLED.get(name, _plain)(value) for name, value in {**_DEFAULTS, **given}.items()}
    if found["compaction"]["class"].endswith(".LeveledCompactionStrategy") and "bloom_filter_fp_chance" not in given:
        found["bloom_filter_fp_chance"] = 0.1
    if found.get("memtable") == "default":
        del found["memtable"]
    return found


def _plain(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: dict[str, Any]) -> dict[str, str]:
    return {key: _text(item) for key, item in value.items()}


def _class(package: str, name: str) -> str:
    return name if "." in name else package + name


def _compaction(value: dict[str, Any]) -> dict[str, str]:
    found = _texts(value)
    found["class"] = _class(_COMPACTION, found["class"])
    if not found["class"].endswith(".UnifiedCompactionStrategy"):
        found = {"max_threshold": "32", "min_threshold": "4", **found}
    return found


def _compression(value: dict[str, Any]) -> dict[str, str]:
    found = _texts(value)
    if not found or found.get("enabled") == "false":
        return {"enabled": "false"}
    found.pop("enabled", None)
    return {"chunk_length_in_kb": "16", **found, "class": _class(_COMPRESSION, found["class"])}


def _caching(value: dict[str, Any]) -> dict[str, str]:
    return {"keys": "NONE", "rows_per_partition": "NONE", **_texts(value)}


def _policy(value: Any) -> str:
    text = re.sub(r"\s+|ERCENTILE", "", str(value).upper())
    return re.sub(r"(?<=\d)(P|MS)", lambda unit: unit[0].lower(), "NEVER" if text == "NONE" else text)


_SPELLED: Final[dict[str, Callable[[Any], Any]]] = {
    "additional_write_policy": _policy,
    "bloom_filter_fp_chance": float,
    "caching": _caching,
    "compaction": _compaction,
    "compression": _compression,
    "crc_check_chance": float,
    "default_time_to_live": int,
    "gc_grace_seconds": int,
    "max_index_interval": int,
    "memtable_flush_period_in_ms": int,
    "min_index_interval": int,
    "read_repair": lambda value: str(value).upper(),
    "speculative_retry": _policy,
}
