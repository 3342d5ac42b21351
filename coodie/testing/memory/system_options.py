"""The options of a table as the server keeps them: with its defaults, and in its own spelling."""

from __future__ import annotations

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
_NOT_WRITTEN: Final = {"memtable": "default", "allow_auto_snapshot": True, "incremental_backups": True}
"""The values of which the server writes null."""
_NOT_KEPT: Final = ("cdc", "extensions", "id")


def table_options(named: OptionPairs) -> dict[str, Any]:
    """All options of a table of which a statement named these, by the columns of ``system_schema.tables``."""
    given = {name: as_map(value) for name, value in named if name not in _NOT_KEPT}
    found = {name: _SPELLED.get(name, _plain)(value) for name, value in {**_DEFAULTS, **given}.items()}
    if found["compaction"]["class"].endswith(".LeveledCompactionStrategy") and "bloom_filter_fp_chance" not in given:
        found["bloom_filter_fp_chance"] = 0.1
    return {name: value for name, value in found.items() if value != _NOT_WRITTEN.get(name)}


def _plain(value: Any) -> Any:
    return value


def _class(package: str, name: str) -> str:
    return name if "." in name else package + name


def _compaction(value: dict[str, str]) -> dict[str, str]:
    found = {**value, "class": _class(_COMPACTION, value["class"])}
    if not found["class"].endswith(".UnifiedCompactionStrategy"):
        found = {"max_threshold": "32", "min_threshold": "4", **found}
    return found


def _compression(value: dict[str, str]) -> dict[str, str]:
    if "class" not in value:
        return value
    return {"chunk_length_in_kb": "16", **value, "class": _class(_COMPRESSION, value["class"])}


_SPELLED: Final[dict[str, Callable[[Any], Any]]] = {
    "bloom_filter_fp_chance": float,
    "compaction": _compaction,
    "compression": _compression,
    "crc_check_chance": float,
}
