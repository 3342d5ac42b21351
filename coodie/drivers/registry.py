"""Connections by name: which driver serves a plan.

It knows drivers by their protocol only. Doors ask for the driver of their flavour and get one, or an error that says
which connections there are.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

from coodie._errors import ConfigurationError
from coodie._words import a_type, word
from coodie.connections import connection_names
from coodie.cql.options import check_flag
from coodie.drivers.log import Log
from coodie.drivers.protocol import AnyDriver, AsyncDriver, SyncDriver, TimePassing
from coodie.drivers.watch import watched


@dataclass(eq=False, slots=True)
class _Entry:
    """A driver, and what each door sends by: the driver, with a log of its trips, or None.

    Asking a protocol takes long, so it is asked once.
    """

    driver: AnyDriver
    sync: SyncDriver | None
    aio: AsyncDriver | None
    opened: bool
    """Whether coodie made the driver, and so closes it."""
    double: bool = False
    """Whether it stands in for a connection for the length of a block (`replaced`)."""
    forgotten: bool = False


@dataclass(eq=False, slots=True)
class _Block:
    """A block that a double is in place for: what was there when it began."""

    entries: dict[str, _Entry]
    keyspaces: dict[str, str | None]
    default: str | None
    waiting: _Entry | None
    """A double for the default connection, while nobody has said what that is called."""


_entries: dict[str, _Entry] = {}
_blocks: list[_Block] = []
_lock = RLock()


def register_driver(name: str, driver: AnyDriver, *, keyspace: str | None = None, default: bool = False) -> None:
    """Make ``driver`` known as the connection ``name``; models reach it by ``Settings.connection``.

    ``keyspace`` qualifies the tables of models that name none. The first connection is the default one, or the one
    registered with ``default=True``. A driver already known under ``name`` is replaced, and closed if coodie had opened
    it; unless ``driver`` stands around it, as its attribute ``inner`` tells: then `close` closes ``driver``. Raises
    `ConfigurationError` when ``driver`` fits neither door, or ``name`` is no text.
    """
    check_flag("default", default, ConfigurationError)
    old = put(name, driver, keyspace, default=default, opened=False)
    if isinstance(old, SyncDriver):
        old.close()


def put(
    name: str, driver: AnyDriver, keyspace: str | None, *, default: bool, opened: bool, slow: float | None = None
) -> AnyDriver | None:
    """`register_driver`, for a driver that coodie may have made itself. Trips of over ``slow`` seconds are logged.

    Gives the driver that ``name`` had before, if coodie had opened it and so must close it.
    """
    check_name(name)
    entry = _entry_of(driver, opened, slow=slow)
    with _lock:
        before = _entries.get(name)
        _entries[name] = entry
        connection_names.keyspaces[name] = keyspace
        if default or connection_names.default is None:
            connection_names.default = name
        if before is None or not before.opened or (_blocks and before in _blocks[-1].entries.values()):
            return None  # what was there before a block of a double comes back after it
        if _around(driver, before.driver):
            entry.opened = True
            return None
    return before.driver


def _entry_of(driver: AnyDriver, opened: bool, *, double: bool = False, slow: float | None = None) -> _Entry:
    check_driver(driver)
    logged = watched(driver, Log(slow))
    return _Entry(
        driver,
        logged if isinstance(logged, SyncDriver) else None,
        logged if isinstance(logged, AsyncDriver) else None,
        opened,
        double,
    )


def _around(driver: object, other: AnyDriver) -> bool:
    """Whether ``driver`` is ``other``, or stands around it."""
    while driver is not None:
        if driver is other:
            return True
        driver = getattr(driver, "inner", None)
    return False


def check_driver(driver: Any) -> None:
    """Raise `ConfigurationError` for what fits neither door."""
    if not isinstance(driver, (SyncDriver, AsyncDriver)):
        raise ConfigurationError(
            f"{a_type(driver)} is no driver: it needs execute() and close(), or aexecute() and aclose()"
        )


def check_name(name: Any) -> None:
    """Raise `ConfigurationError` for what cannot be the name of a connection."""
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"the name of a connection is a text, not {word(name)}")


def unregister_driver(name: str) -> AnyDriver:
    """Forget the connection ``name`` and give back its driver, still open.

    If it was the default, the oldest that is left takes its place. Raises `ConfigurationError` for an unknown name.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _unknown(name)
    with _lock:
        return _remove(name).driver


def forget(name: str | None) -> list[AnyDriver]:
    """Forget the connection ``name``, or without a name all of them; gives the drivers that coodie must close.

    They leave the registry together, so two who close at once close each driver once. A double in place stays. Raises
    `ConfigurationError` for an unknown name.
    """
    with _lock:
        gone = [_remove(each) for each in _without_doubles(name)]
    return [entry.driver for entry in gone if entry.opened]


def opened(name: str | None) -> bool:
    """Whether `forget` would give anything to close. Raises `ConfigurationError` for an unknown name."""
    return any(_entry(each).opened for each in _without_doubles(name))


def _without_doubles(name: str | None) -> list[str]:
    return [each for each in (names() if name is None else (name,)) if not _entry(each).double]


def _remove(name: str) -> _Entry:
    entry = _entry(name)
    entry.forgotten = True
    del _entries[name], connection_names.keyspaces[name]
    if connection_names.default == name:
        connection_names.default = next(iter(_entries), None)
    return entry


def get_driver(name: str | None = None) -> AnyDriver:
    """The driver of the connection ``name``, or of the default one.

    Raises `ConfigurationError` that names the connection asked for and those that are known.
    """
    return _entry(name).driver


def shows_values(name: str | None) -> bool:
    """Whether messages about that connection may show bound values: it was opened with ``log_values=True``."""
    return getattr(_innermost(get_driver(name)), "log_values", False) is True


def passes_time(name: str | None, seconds: float) -> bool:
    """Let ``seconds`` pass on the clock of a double; False where there is none, so that the caller must sleep."""
    driver: object = get_driver(name)
    while driver is not None:
        if isinstance(driver, TimePassing):
            return driver.pass_time(seconds)
        driver = getattr(driver, "inner", None)
    return False


def _innermost(driver: object) -> object:
    """The driver itself, without those that stand around it."""
    while (inner := getattr(driver, "inner", None)) is not None:
        driver = inner
    return driver


def sync_driver(name: str | None = None) -> SyncDriver:
    """The driver of that connection, for ``coodie.sync``; raises `ConfigurationError` if it serves only the other."""
    entry = _entry(name)
    if entry.sync is None:
        raise _wrong_door(name, entry.driver, "coodie.sync", "coodie.aio")
    return entry.sync


def async_driver(name: str | None = None) -> AsyncDriver:
    """The driver of that connection, for ``coodie.aio``; raises `ConfigurationError` if it serves only the other."""
    entry = _entry(name)
    if entry.aio is None:
        raise _wrong_door(name, entry.driver, "coodie.aio", "coodie.sync")
    return entry.aio


def names() -> tuple[str, ...]:
    """The names of the connections, oldest first."""
    return tuple(_entries)


@contextmanager
def replaced(name: str | None, driver: AnyDriver, *, keyspace: str | None = None) -> Generator[None]:
    """Let ``driver``, a double, stand in for the connection ``name`` for a block, as the default connection.

    Without a name it stands in for the default connection, or where there is none yet, for the one that is opened
    first. It stays whatever is opened under its name (`keeps_double`); a driver that is registered takes its place. At
    the end of the block the connections that were opened in it are closed, and those from before are there again,
    except for the ones that were closed.
    """
    double = _entry_of(driver, False, double=True)
    with _lock:
        waiting = double if name is None and connection_names.default is None else None
        block = _Block(dict(_entries), dict(connection_names.keyspaces), connection_names.default, waiting)
        _blocks.append(block)
        name = name or connection_names.default or "default"
        _entries[name], connection_names.keyspaces[name], connection_names.default = double, keyspace, name
    try:
        yield
    finally:
        with _lock:
            _blocks.remove(block)
            double.forgotten = True
            made = [each for each in _entries.values() if each not in block.entries.values()]
            _restore(block)
        for each in made:
            if each.opened and each.sync is not None:
                each.sync.close()


def _restore(block: _Block) -> None:
    kept = {name: entry for name, entry in block.entries.items() if not entry.forgotten}
    _entries.clear()
    connection_names.keyspaces.clear()
    _entries.update(kept)
    connection_names.keyspaces.update((name, block.keyspaces[name]) for name in kept)
    connection_names.default = block.default if block.default in kept else next(iter(kept), None)


def keeps_double(name: str, keyspace: str | None, *, default: bool) -> bool:
    """Whether a double stands in for the connection ``name`` that somebody wants to open; then it stays.

    It takes on the keyspace, so that what is sent reads as on the cluster, unless it has one of its own.
    """
    with _lock:
        if not _blocks:
            return False
        if _blocks[-1].waiting is not None and name not in _entries:
            _entries[name], connection_names.keyspaces[name] = _blocks[-1].waiting, connection_names.keyspace_of(None)
            connection_names.default = name
        _blocks[-1].waiting = None
        if name not in _entries or not _entries[name].double:
            return False
        if connection_names.keyspaces[name] is None:
            connection_names.keyspaces[name] = keyspace
        if default:
            connection_names.default = name
    return True


def _entry(name: str | None) -> _Entry:
    try:
        return _entries[(connection_names.default or "") if name is None else name]
    except (KeyError, TypeError):  # a name that is no text may have no hash
        raise _unknown(name) from None


def _unknown(name: str | None) -> ConfigurationError:
    if not _entries:
        what = f"connection {word(name)} was asked for, but " if name is not None else ""
        return ConfigurationError(f"{what}no connection is known; call init_coodie() or register_driver() first")
    listed = ", ".join(map(repr, _entries))
    return ConfigurationError(f"no connection is called {word(name)}; known: {listed}")


def _wrong_door(name: str | None, driver: AnyDriver, door: str, other: str) -> ConfigurationError:
    wanted = name if name is not None else connection_names.default
    found = a_type(_innermost(driver))
    return ConfigurationError(
        f"connection {wanted!r} has {found}, which cannot serve {door}; use {other} or another driver"
    )
