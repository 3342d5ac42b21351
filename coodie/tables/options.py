"""The options of tables: their names, their valid values, and when two values mean the same.

A server returns many options in another form than it was given them: classes with their package, percentiles as
``99p``, maps with its own defaults added. So values are compared in a normal form, and maps only by the wanted keys.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final, TypedDict, cast

from coodie._errors import InvalidQueryError
from coodie._words import a_type
from coodie.tables.table import OptionPairs


class TableOptions(TypedDict, total=False):
    """The options of a table, for ``Settings.options``; the last four exist only in ScyllaDB."""

    additional_write_policy: str
    allow_auto_snapshot: bool
    bloom_filter_fp_chance: float
    caching: Mapping[str, str | int]
    cdc: bool | Mapping[str, Any]
    comment: str
    compaction: Mapping[str, str | int | float | bool]
    compression: Mapping[str, str | int | float | bool]
    crc_check_chance: float
    dclocal_read_repair_chance: float
    default_time_to_live: int
    gc_grace_seconds: int
    incremental_backups: bool
    max_index_interval: int
    memtable: str
    memtable_flush_period_in_ms: int
    min_index_interval: int
    read_repair: str
    read_repair_chance: float
    speculative_retry: str
    paxos_grace_seconds: int
    per_partition_rate_limit: Mapping[str, int]
    synchronous_updates: bool
    tombstone_gc: Mapping[str, str]


_KINDS: Final[dict[str, tuple[type, ...]]] = {
    **dict.fromkeys(("additional_write_policy", "comment", "memtable", "read_repair", "speculative_retry"), (str,)),
    **dict.fromkeys(("allow_auto_snapshot", "incremental_backups", "synchronous_updates"), (bool,)),
    **dict.fromkeys(("bloom_filter_fp_chance", "crc_check_chance"), (int, float)),
    **dict.fromkeys(("dclocal_read_repair_chance", "read_repair_chance"), (int, float)),
    **dict.fromkeys(("default_time_to_live", "gc_grace_seconds", "memtable_flush_period_in_ms"), (int,)),
    **dict.fromkeys(("max_index_interval", "min_index_interval", "paxos_grace_seconds"), (int,)),
    **dict.fromkeys(("caching", "compaction", "compression", "per_partition_rate_limit", "tombstone_gc"), (Mapping,)),
    "cdc": (bool, Mapping),
}

_RANGES: Final = {
    "bloom_filter_fp_chance": (0.00007, 1.0),
    "crc_check_chance": (0.0, 1.0),
    "gc_grace_seconds": (0, math.inf),
    "memtable_flush_period_in_ms": (0, math.inf),
    "min_index_interval": (1, math.inf),
    "max_index_interval": (1, math.inf),
}

DEFAULTS: Final[Mapping[str, Any]] = {
    "additional_write_policy": "99p",
    "bloom_filter_fp_chance": 0.01,
    "comment": "",
    "crc_check_chance": 1.0,
    "dclocal_read_repair_chance": 0.0,
    "gc_grace_seconds": 864_000,
    "max_index_interval": 2048,
    "memtable_flush_period_in_ms": 0,
    "min_index_interval": 128,
    "read_repair": "BLOCKING",
    "read_repair_chance": 0.0,
    "speculative_retry": "99p",
}
"""What Cassandra sets where a statement does not; without the maps, to which it adds."""

MAX_TTL: Final = 630_720_000
"""The largest TTL of a server, in seconds: twenty years."""


def check_options(options: Mapping[str, Any]) -> OptionPairs:
    """The options as a value. Raises `InvalidQueryError` for an option that no server has and for an invalid value."""
    for name, value in options.items():
        _check_option(name, value)
    for name, (low, high) in _RANGES.items():
        if name in options and not low <= options[name] <= high:
            to = f"from {low} to {high}" if high < math.inf else f"{low} or more"
            raise InvalidQueryError(f"the table option {name!r} is {to}, not {options[name]!r}")
    # If one of them is not given, the server's default applies.
    low, high = options.get("min_index_interval", 128), options.get("max_index_interval", 2048)
    if low > high:
        raise InvalidQueryError(
            f"the table option 'min_index_interval' is at most 'max_index_interval', and they are {low} and {high}; "
            "give both (without them, they are 128 and 2048)"
        )
    _check_ttl(options.get("default_time_to_live", 0))
    return tuple((name, as_pairs(value)) for name, value in options.items())


def _check_option(name: Any, value: Any) -> None:
    if not isinstance(name, str):
        raise InvalidQueryError(f"the name of a table option must be a str, not {a_type(name)}")
    kinds = _KINDS.get(name)
    if kinds is None:
        near = get_close_matches(name, _KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KINDS)}"
        raise InvalidQueryError(f"there is no table option {name!r}; {hint}")
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join("a map" if kind is Mapping else kind.__name__ for kind in kinds)
        raise InvalidQueryError(f"the table option {name!r} is {wanted}, not {value!r}")
    if name == "compaction" and isinstance(value, Mapping) and "class" not in value:
        raise InvalidQueryError(
            "the table option 'compaction' needs a 'class', as in {'class': 'LeveledCompactionStrategy'}"
        )
    for key, item in as_pairs(value) if isinstance(value, Mapping) else ():
        if not isinstance(item, (str, int, float)):
            raise InvalidQueryError(f"{key!r} of the table option {name!r} is a text, number or bool, not {item!r}")


def as_pairs(value: Any) -> Any:
    """A map as a tuple of pairs, so that tables are hashable; anything else unchanged."""
    return tuple(cast("Mapping[str, Any]", value).items()) if isinstance(value, Mapping) else value


def as_map(value: Any) -> Any:
    """The map that `as_pairs` turned into pairs; anything else unchanged."""
    return dict(cast("tuple[tuple[str, Any], ...]", value)) if isinstance(value, tuple) else value


def _check_ttl(seconds: int) -> None:
    if not 0 <= seconds <= MAX_TTL:
        raise InvalidQueryError(f"default_time_to_live is 0 to {MAX_TTL} seconds (20 years), not {seconds}")


def same_option(name: str, wanted: Any, found: Any) -> bool:
    """Whether the value ``found`` means what ``wanted`` asks for. Maps are compared only by the keys in ``wanted``."""
    one, other = normal_option(name, wanted), normal_option(name, found)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    has = cast("dict[str, str]", other)
    return all(has.get(key, _UNSAID.get((name, key))) == value for key, value in cast("dict[str, str]", one).items())


def normal_option(name: str, value: Any) -> Any:
    """The normal form of a value, equal for all spellings with the same meaning, as `same_option` compares it."""
    return _NORMAL.get(name, _plain)(value)


def _plain(value: Any) -> Any:
    return _map(value) if isinstance(value, (dict, tuple)) else value


def _map(value: Any) -> dict[str, str]:
    pairs = cast("Mapping[str, Any]", as_map(value) or {})
    return {str(key).lower(): _word(item) for key, item in pairs.items()}


def _word(value: Any) -> str:
    """A value inside a map as text, since the server keeps only texts there."""
    text = str(value).lower()
    return text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text


def _class(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _compaction(value: Any) -> dict[str, str]:
    named = _map(value)
    return {**named, "class": _class(named["class"])} if "class" in named else named


_OLD_NAMES: Final = {"sstable_compression": "class", "chunk_length_kb": "chunk_length_in_kb"}


def _compression(value: Any) -> dict[str, str]:
    named = {_OLD_NAMES.get(key, key): item for key, item in _map(value).items()}
    # An empty map or an empty class are older ways to switch compression off; other keys then have no meaning.
    if named.get("enabled") == "false" or named.get("class") == "" or (value is not None and not named):
        return {"enabled": "false"}
    return {**named, "class": _class(named["class"])} if "class" in named else named


_PERCENTILE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*p(?:ercentile)?")
_MILLISECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)\s*ms")
_HYBRID: Final = re.compile(r"(min|max)\s*\(([^,]+),([^,]+)\)")


def _policy(value: Any) -> str:
    """A policy for speculative retries and writes: ``99p``, ``50ms``, ``min(...)``, ``always``, ``never``."""
    text = str(value or "").strip().lower()
    if hybrid := _HYBRID.fullmatch(text):
        return f"{hybrid[1]}({','.join(sorted(map(_policy, hybrid.groups()[1:])))})"
    for pattern, unit in ((_PERCENTILE, "p"), (_MILLISECONDS, "ms")):
        if number := pattern.fullmatch(text):
            return f"{float(number[1]):g}{unit}"
    return "never" if text in ("none", "") else text


def _cdc(value: Any) -> Any:
    # A server stores nothing at all for CDC that is switched off.
    return _map(value) if isinstance(value, (dict, tuple)) else bool(value)


_NORMAL: Final[dict[str, Callable[[Any], Any]]] = {
    "additional_write_policy": _policy,
    "caching": _map,
    "cdc": _cdc,
    "compaction": _compaction,
    "compression": _compression,
    "memtable": lambda value: value or "default",
    "read_repair": lambda value: str(value).lower(),
    "speculative_retry": _policy,
}

_UNSAID: Final = {("compression", "enabled"): "true", ("compaction", "enabled"): "true"}
"""The defaults for keys that the server's map lacks."""
