"""What a model's ``Settings`` say: read once per class, inherited key by key, an unknown key refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Final

from coodie.cql.message import Consistency, SerialConsistency
from coodie.exceptions import ModelError
from coodie.tables.options import TableOptions


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one model, its own and inherited ones together."""

    name: str | None = None
    keyspace: str | None = None
    connection: str | None = None
    abstract: bool = False
    default_ttl: int | None = None
    consistency: Consistency | None = None
    serial_consistency: SerialConsistency | None = None
    timeout: float | None = None
    options: TableOptions | None = None
    discriminator_value: Any = None
    type_name: str | None = None
    base_table: type | str | None = None
    view_columns: Sequence[str] | None = None
    where_clause: str | None = None
    clustering_order: Mapping[str, str] | None = None
    warn_statements: int | None = None
    warn_bytes: int | None = None
    warn_partitions: int | None = None


_OTHERWISE: Final = {"table": "name", "table_name": "name", "ttl": "default_ttl"}
"""What people call a setting, where the spelling alone is nearest to another one."""
KEYS: Final = tuple(field.name for field in fields(Settings))
_OWN_ONLY: Final = frozenset({"abstract", "discriminator_value"})


def read_settings(cls: type) -> Settings:
    """The settings of ``cls``: for each key the nearest class in its MRO that gives it, ``abstract`` only its own.

    A key may stand in a nested ``class Settings``, or on the class itself as ``__key__``. Raises `ModelError` for a
    key that does not exist, naming the nearest one that does.
    """
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        given = _given(base)
        found.update((key, value) for key, value in given.items() if key not in _OWN_ONLY or base is cls)
    if isinstance(base_table := found.get("base_table"), type):
        # A view lies where its table does.
        of_table = read_settings(base_table)
        found = {"keyspace": of_table.keyspace, "connection": of_table.connection} | found
    return Settings(**found)


def _given(cls: type) -> dict[str, Any]:
    given = {key: cls.__dict__[f"__{key}__"] for key in KEYS if f"__{key}__" in cls.__dict__ and key != "name"}
    nested = cls.__dict__.get("Settings")
    if not isinstance(nested, type):
        _check_no_misspelling(cls)
        return given
    for base in reversed(nested.__mro__[:-1]):
        for key, value in vars(base).items():
            if not (key.startswith("__") and key.endswith("__")):
                _check_key(cls, key)
                if base is nested or key not in _OWN_ONLY:
                    given[key] = value
    return given


def _check_no_misspelling(cls: type) -> None:
    plain = [name for name, value in vars(cls).items() if isinstance(value, type) and value.__bases__ == (object,)]
    if near := get_close_matches("Settings", plain, n=1, cutoff=0.8):
        raise ModelError(f"{cls.__name__} has a class {near[0]!r}, which nobody reads; did you mean 'Settings'?")


def _check_key(cls: type, key: str) -> None:
    if key in TableOptions.__annotations__:
        raise ModelError(f"{cls.__name__}.Settings has {key!r}, a table option; write options = {{{key!r}: ...}}")
    if key not in KEYS:
        near = [_OTHERWISE[key]] if key in _OTHERWISE else get_close_matches(key, KEYS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(KEYS)}"
        raise ModelError(f"{cls.__name__}.Settings has an unknown setting {key!r}; {hint}")


def snake_case(name: str) -> str:
    """``PageViews`` as ``page_views``, ``Crate[int]`` as ``crate_int``: the default name of a table."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+", "_", split).strip("_").lower()
