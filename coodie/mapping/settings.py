"""The ``Settings`` of models: read once per class, inherited key by key; unknown keys are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, Literal, NoReturn, TypeAlias

from pydantic import BaseModel

from coodie._errors import ModelError
from coodie._words import a_type
from coodie.cql.message import UNSET, Consistency, SerialConsistency, Unset
from coodie.tables.options import TableOptions

Owner: TypeAlias = Literal["document", "counter document", "view", "user-defined type"]
"""The kind of a class with settings; each setting applies only to some kinds."""

_TABLES: Final = ("document", "counter document", "view")
_WRITTEN: Final = ("document", "counter document")
_VIEW: Final = ("view",)


def _row(*kinds: type, on: tuple[str, ...] = _TABLES, own: bool = False, spelling: str | None = None) -> dict[str, Any]:
    """The metadata of a setting: the types of its values, the classes it applies to, and whether it is not inherited.

    ``spelling`` is its name as an attribute of the class itself, if that is not ``__key__``.
    """
    return {"kinds": kinds, "on": on, "own": own, "spelling": spelling}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one model, its own and the inherited ones. This class is the table of all existing settings."""

    name: str | None = field(default=None, metadata=_row(str, spelling="__table_name__"))
    keyspace: str | None = field(default=None, metadata=_row(str))
    connection: str | None = field(default=None, metadata=_row(str))
    abstract: bool = field(default=False, metadata=_row(bool, own=True))
    default_ttl: int | None = field(default=None, metadata=_row(int, on=("document",)))
    consistency: Consistency | None = field(default=None, metadata=_row(str))
    serial_consistency: SerialConsistency | None = field(default=None, metadata=_row(str))
    timeout: float | None = field(default=None, metadata=_row(int, float))
    options: TableOptions | None = field(default=None, metadata=_row(Mapping))
    discriminator_value: Any = field(default=None, metadata=_row(object, own=True))
    type_name: str | None = field(default=None, metadata=_row(str, on=("user-defined type",)))
    base_table: type | str | None = field(default=None, metadata=_row(type, str, on=_VIEW))
    view_columns: Sequence[str] | None = field(default=None, metadata=_row(str, list, tuple, set, on=_VIEW))
    where_clause: str | None = field(default=None, metadata=_row(str, on=_VIEW))
    clustering_order: Mapping[str, str] | None = field(default=None, metadata=_row(Mapping, list, tuple, on=_VIEW))
    validate_on_save: bool = field(default=True, metadata=_row(bool, on=("document",)))
    warn_whole_table: bool = field(default=True, metadata=_row(bool))
    warn_filtering: bool = field(default=True, metadata=_row(bool))
    warn_index_reads: bool = field(default=True, metadata=_row(bool))
    warn_aggregates: bool = field(default=True, metadata=_row(bool))
    warn_in_partitions: int | Unset | None = field(default=UNSET, metadata=_row(int))
    warn_nulls: bool = field(default=False, metadata=_row(bool, on=("document",)))
    warn_overwrites: bool = field(default=False, metadata=_row(bool, on=("document",)))
    warn_statements: int | Unset | None = field(default=UNSET, metadata=_row(int, on=_WRITTEN))
    warn_bytes: int | Unset | None = field(default=UNSET, metadata=_row(int, on=_WRITTEN))
    warn_partitions: int | Unset | None = field(default=UNSET, metadata=_row(int, on=_WRITTEN))


_ALL: Final = {each.name: each.metadata for each in fields(Settings)}
_DEFAULTS: Final = {each.name: each.default for each in fields(Settings)}
_DUNDERS: Final = {metadata["spelling"] or f"__{name}__": name for name, metadata in _ALL.items()}
_SPELLINGS: Final = {name: name for name in _ALL} | _DUNDERS
_OTHERWISE: Final = {
    **dict.fromkeys(("table", "table_name", "__name__"), "name"),
    "ttl": "default_ttl",
    "__ttl__": "__default_ttl__",
}
"""Settings for names that people try and that look more like another setting."""


class _Plain(BaseModel):
    """An empty class, to see which attributes every class has."""

    x: int = 0


_PYTHONS: Final = frozenset(
    {*dir(type(BaseModel)), *vars(_Plain), "__weakref__", "__orig_bases__", "__parameters__", "__slots__"}
)
_MADE: Final = ("__coodie_", "__pydantic_", "__annot", "__conditional_annot", "__static_attr", "__firstlineno")
"""The prefixes of attributes that coodie, Pydantic or some version of Python create."""


@dataclass(frozen=True, slots=True)
class SettingValue:
    """The value of a setting, and its source: a ``class Settings``, a mapping, or the document class itself."""

    value: Any
    source: object


def read_settings(cls: type) -> Settings:
    """The settings of ``cls``: each from the nearest class in the MRO that sets it, except those that are not
    inherited.

    A setting is written in ``Settings``, which is a class or a mapping, or on the class itself as ``__key__``. Raises
    `ModelError` for an unknown setting, naming the nearest known one, for a setting that does not apply to this kind of
    class, and for a value of the wrong type.
    """
    found: dict[str, Any] = {key: each.value for key, each in given_settings(cls).items()}
    owner: Owner | None = getattr(cls, "__coodie_owner__", None)
    for key, value in found.items():
        _check_value(cls, owner, key, value)
    if isinstance(base_table := found.get("base_table"), type):
        # A view is always in the keyspace and connection of its table.
        of_table = read_settings(base_table)
        found = {"keyspace": of_table.keyspace, "connection": of_table.connection, **found}
    return Settings(**found)


def given_settings(cls: type) -> dict[str, SettingValue]:
    """The settings of ``cls`` with their sources. Raises as `read_settings` does for an invalid key."""
    found: dict[str, SettingValue] = {}
    for base in reversed(cls.__mro__):
        own = _given(base)
        found.update((key, each) for key, each in own.items() if base is cls or not _ALL[key]["own"])
    return found


def source_of(cls: type, key: str) -> object:
    """The source of a setting of ``cls``; None if it is not set. Raises as `read_settings` does for an invalid key."""
    given = given_settings(cls).get(key)
    return None if given is None else given.source


def sharing(cls: type[Any], root: type) -> Iterator[type[Any]]:
    """The other classes derived from ``root`` that inherit their name from the same source as ``cls``.

    Each class keeps the source of its name as ``__coodie_source__``.
    """
    source = cls.__coodie_source__
    inside: Any = vars(cls).get("Settings")
    written = source is inside and not isinstance(source, type)  # a mapping
    if source is None or written or getattr(source, "__qualname__", None) == f"{cls.__qualname__}.Settings":
        return
    for other in _derived(root):
        # A class that is defined again, as in a notebook or after a reload, is not another class.
        same = (other.__module__, other.__qualname__) == (cls.__module__, cls.__qualname__)
        if vars(other).get("__coodie_source__") is source and not same:
            yield other


def _derived(cls: type[Any]) -> Iterator[type[Any]]:
    derived: list[type[Any]] = cls.__subclasses__()
    for each in derived:
        yield each
        yield from _derived(each)


def _given(cls: type) -> dict[str, SettingValue]:
    """The settings that one class itself sets, without those of its bases."""
    if issubclass(BaseModel, cls) or cls.__module__.partition(".")[0] in ("coodie", "pydantic"):
        return {}
    on_class = {_DUNDERS[key]: SettingValue(value, cls) for key, value in vars(cls).items() if key in _DUNDERS}
    _check_dunders(cls)
    nested: Any = vars(cls).get("Settings")
    if nested is None:
        _check_no_misspelling(cls)
        return on_class
    inside = dict(_inside(cls, nested))
    if twice := on_class.keys() & inside.keys():
        raise ModelError(f"{cls.__name__} gives the setting {min(twice)!r} twice; give it once")
    return on_class | inside


def _check_dunders(cls: type) -> None:
    for key, value in vars(cls).items():
        unread = _is_dunder(key) and key not in _DUNDERS and not _is_made(key) and isinstance(value, _PLAIN)
        if unread and (near := _nearest(key, 0.75)):
            raise ModelError(f"{cls.__name__} has {key!r}, which has no meaning; did you mean {near!r}?")


# Typed as a plain class for pyright, which would otherwise narrow to a mapping of unknown types.
_MAPPING: type[Any] = Mapping
_PLAIN: Final = (str, int, float, bool, list, tuple, set, dict, type(None))


def _inside(cls: type, nested: Any) -> Iterator[tuple[str, SettingValue]]:
    if isinstance(nested, type):
        for base in reversed(nested.__mro__[:-1]):
            written = {key: value for key, value in vars(base).items() if not _is_made(key)}
            for key, value in _read(cls, written):
                if base is nested or not _ALL[key]["own"]:
                    yield key, SettingValue(value, base)
    elif isinstance(nested, _MAPPING):
        for key, value in _read(cls, nested):
            yield key, SettingValue(value, nested)
    else:
        raise ModelError(f"{cls.__name__}.Settings must be a class or a mapping, not {a_type(nested)}")


def _read(cls: type, written: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    read: set[str] = set()
    for key, value in written.items():
        name = _SPELLINGS.get(key) if isinstance(key, str) else None
        if name is None:
            _refuse_key(cls, key)
        if name in read:
            raise ModelError(f"{cls.__name__}.Settings gives {name!r} twice; give it once")
        read.add(name)
        yield name, value


def _is_dunder(key: str) -> bool:
    return key.startswith("__") and key.endswith("__")


def _is_made(key: str) -> bool:
    """Whether an attribute was created automatically and not written by the user."""
    return key in _PYTHONS or key.startswith(_MADE)


def _check_no_misspelling(cls: type) -> None:
    classes = {name: value for name, value in vars(cls).items() if isinstance(value, type)}
    if "Meta" in classes and not issubclass(classes["Meta"], (Enum, BaseModel)):
        raise ModelError(f"{cls.__name__} has a class 'Meta', which has no meaning; write class Settings")
    plain = [name for name, value in classes.items() if value.__bases__ == (object,)]
    if near := get_close_matches("Settings", plain, n=1, cutoff=0.8):
        raise ModelError(f"{cls.__name__} has a class {near[0]!r}, which has no meaning; did you mean 'Settings'?")


def _refuse_key(cls: type, key: Any) -> NoReturn:
    if not isinstance(key, str):
        raise ModelError(f"{cls.__name__}.Settings: the name of a setting must be a str, not {a_type(key)}")
    if key in TableOptions.__annotations__:
        raise ModelError(f"{cls.__name__}.Settings has {key!r}, a table option; write options = {{{key!r}: ...}}")
    near = _nearest(key, 0.6)
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(_ALL)}"
    raise ModelError(f"{cls.__name__}.Settings has an unknown setting {key!r}; {hint}")


def _nearest(key: str, cutoff: float) -> str | None:
    """The setting that was probably meant, in the spelling that was used."""
    known = _DUNDERS if _is_dunder(key) else _ALL
    return _OTHERWISE.get(key) or next(iter(get_close_matches(key, known, n=1, cutoff=cutoff)), None)


def _check_value(cls: type, owner: Owner | None, key: str, value: Any) -> None:
    kinds: tuple[type, ...] = _ALL[key]["kinds"]
    on, default = _ALL[key]["on"], _DEFAULTS[key]
    if value is default:
        return
    if owner is not None and owner not in on:
        raise ModelError(f"{cls.__name__}.Settings has {key!r}, which means nothing in a {owner}; it is for a {on[0]}")
    if value is None and default is UNSET:
        return
    if not isinstance(value, kinds) or (isinstance(value, bool) and not {bool, object} & {*kinds}):
        wanted = " or ".join(_WORDS.get(kind, kind.__name__) for kind in kinds)
        raise ModelError(f"{cls.__name__}.Settings: {key} is {wanted}, not {a_type(value)}")


_WORDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    type: "a class",
    Mapping: "a mapping",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
}


def snake_case(name: str) -> str:
    """``PageViews`` as ``page_views``, ``Crate[int]`` as ``crate_int``: the default name of a table."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"\W+", "_", split).strip("_").lower()
