"""The options of a table that its owner chose, among all that a server returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from coodie.tables.options import DEFAULTS, as_map, same_option
from coodie.tables.table import OptionPairs

_DEFAULTS: Final[dict[str, Any]] = {
    **DEFAULTS,
    "allow_auto_snapshot": True,
    "cdc": False,
    "incremental_backups": True,
}
_MAP_DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "caching": {"keys": "ALL", "rows_per_partition": "NONE"},
    "compaction": {"class": "SizeTieredCompactionStrategy", "max_threshold": "32", "min_threshold": "4"},
    "compression": {"class": "LZ4Compressor", "chunk_length_in_kb": "16"},
}
"""What servers fill in by themselves; each part of a map is a default of its own."""

_APART: Final = "default_time_to_live"
"""The option that is a setting of its own, ``default_ttl``."""


def chosen_options(options: OptionPairs) -> dict[str, Any]:
    """The options that differ from the defaults of Cassandra, with classes in their short form."""
    chosen: dict[str, Any] = {}
    for name, value in options:
        given = as_map(value)
        if isinstance(given, dict):
            if parts := _parts(name, cast("dict[str, Any]", given)):
                chosen[name] = parts
        elif name != _APART and not (name in _DEFAULTS and same_option(name, _DEFAULTS[name], given)):
            chosen[name] = given
    return chosen


def default_ttl(options: OptionPairs) -> int | None:
    """The seconds after which rows are deleted unless they are written with a TTL; None for never."""
    return cast("int | None", dict(options).get(_APART) or None)


def _parts(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    defaults = _MAP_DEFAULTS.get(name, {})
    kept = {
        key: _short(key, value)
        for key, value in given.items()
        if not (key in defaults and same_option(name, {key: defaults[key]}, given))
    }
    if kept and "class" in given:  # the other parts of a map mean something only together with its class
        kept = {"class": _short("class", given["class"])} | kept
    return kept


def _short(key: str, value: Any) -> Any:
    package, _, name = str(value).rpartition(".")
    return name if key == "class" and package.startswith("org.apache.cassandra.") else value
