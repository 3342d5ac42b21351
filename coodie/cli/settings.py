"""The settings of a command: pyproject.toml, then its table for ``--env``, then ``COODIE_*``, then options."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

from coodie.cli.stop import Stop

_LISTS: Final = ("hosts", "keyspace", "models", "datacenters")
_TEXTS: Final = ("migrations", "connect")
_SECRETS: Final = ("username", "password")
_KNOWN: Final = (*_LISTS, *_TEXTS)
# Typed as a plain class for pyright, which would otherwise narrow to a list of unknown types.
_LIST: Final[type[Any]] = list
_MEMORY: Final = "memory:"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to connect, and where the application's models and migrations are. ``root`` is the project's folder."""

    root: Path = Path()
    hosts: tuple[str, ...] = ()
    keyspaces: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    migrations: Path = Path("migrations")
    datacenters: tuple[str, ...] = ()
    connect: str | None = None
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def keyspace(self) -> str:
        """The one keyspace. Raises `Stop` if there is none, or several."""
        if len(self.keyspaces) > 1:
            raise Stop(f"this command works on one keyspace, not on {', '.join(self.keyspaces)}")
        return self.require_keyspaces()[0]

    def require_keyspaces(self) -> tuple[str, ...]:
        """The keyspaces. Raises `Stop` if there is none."""
        if self.keyspaces:
            return self.keyspaces
        raise Stop("no keyspace is given: --keyspace NAME, COODIE_KEYSPACE, or keyspace in [tool.coodie]")


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings that hold in ``folder``. Later ones win: the file, its ``env`` table, variables, options.

    An option or a variable that is not given, or empty, does not count. Raises `Stop` for an unknown key, a value of
    the wrong kind and an unknown ``env``.
    """
    path = next((each for each in (p / "pyproject.toml" for p in (folder, *folder.parents)) if each.is_file()), None)
    root = folder if path is None else path.parent
    env = options.get("env") or environ.get("COODIE_ENV") or None
    found = _from_file(path, env)
    for name in (*_KNOWN, *_SECRETS):
        if text := environ.get(f"COODIE_{name.upper()}"):
            found[name] = tuple(_split(text)) if name in _LISTS else text
        if given := options.get(name):
            found[name] = tuple(each for text in given for each in _split(text)) if name in _LISTS else given
    keyspaces = found.pop("keyspace", ())
    folder_of_files = Path(found.pop("migrations", root / "migrations"))
    return Settings(root, keyspaces=keyspaces, migrations=_near(folder_of_files, folder), **found)


def _split(text: str) -> list[str]:
    return [each for each in map(str.strip, text.split(",")) if each]


def _near(path: Path, folder: Path) -> Path:
    """The path as short as it can be said in ``folder``."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _from_file(path: Path | None, env: str | None) -> dict[str, Any]:
    table = {} if path is None else _table(path)
    envs = _mapping(path, "[tool.coodie.env]", table.pop("env", {}))
    found = _checked(path, "[tool.coodie]", table)
    if env is None:
        return found
    if env not in envs:
        known = ", ".join(sorted(envs)) or "none"
        raise Stop(f"{path or 'pyproject.toml'}: there is no [tool.coodie.env.{env}]; known: {known}")
    place = f"[tool.coodie.env.{env}]"
    return {**found, **_checked(path, place, _mapping(path, place, envs[env]))}


def _table(path: Path) -> dict[str, Any]:
    try:
        toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    except ModuleNotFoundError as error:
        raise Stop(f"to read {path}, Python 3.10 needs tomli: pip install tomli") from error
    try:
        read = toml.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Stop(f"{path} cannot be read: {error}") from error
    return dict(_mapping(path, "[tool.coodie]", read.get("tool", {}).get("coodie", {})))


def _mapping(path: Path | None, place: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Stop(f"{path}: {place} must be a table")
    return cast("Mapping[str, Any]", value)


def _checked(path: Path | None, place: str, table: Mapping[str, Any]) -> dict[str, Any]:
    assert path is not None or not table
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name in _SECRETS:
            raise Stop(f"{path}: {place} has a {name}, which belongs into the variable COODIE_{name.upper()}")
        if name not in _KNOWN:
            raise Stop(f"{path}: {place} has an unknown key {name!r}; known: {', '.join(_KNOWN)}")
        assert path is not None
        found[name] = _value(path, place, name, value)
    return found


def _value(path: Path, place: str, name: str, value: Any) -> Any:
    given: Any = value if isinstance(value, _LIST) and name in _LISTS else [value]
    listed = [each for each in given if isinstance(each, str) and each]
    if len(listed) < len(given):
        wanted = "a text or a list of texts" if name in _LISTS else "a text"
        raise Stop(f"{path}: {name} in {place} must be {wanted}")
    if name == "hosts":
        return tuple(_placed(path, each) for each in listed)
    if name == "migrations":
        return path.parent / listed[0]
    return tuple(listed) if name in _LISTS else listed[0]


def _placed(path: Path, host: str) -> str:
    """A host; the file of one in memory is meant from the folder of pyproject.toml."""
    file = host.removeprefix(_MEMORY)
    return f"{_MEMORY}{path.parent / file}" if host.startswith(_MEMORY) and file else host
