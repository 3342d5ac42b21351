"""Connections by name: which driver serves a plan.

It knows drivers by their protocol only. Doors ask for the driver of their flavour and get one, or an error that says
which connections there are.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeAlias

from coodie._words import a_type, word
from coodie.connections import known
from coodie.drivers.protocol import AsyncDriver, SyncDriver
from coodie.exceptions import ConfigurationError

AnyDriver: TypeAlias = SyncDriver | AsyncDriver


@dataclass(frozen=True, slots=True)
class _Entry:
    """A driver, and what it is to each door: itself or None. Asking a protocol takes long, so it is asked once."""

    driver: AnyDriver
    sync: SyncDriver | None
    aio: AsyncDriver | None
    opened: bool
    """Whether coodie made the driver, and so closes it."""


_entries: dict[str, _Entry] = {}
_lock = RLock()


def register_driver(name: str, driver: AnyDriver, *, keyspace: str | None = None, default: bool = False) -> None:
    """Make ``driver`` known as the connection ``name``; models reach it by ``Settings.connection``.

    ``keyspace`` qualifies the tables of models that name none. The first connection is the default one, or the one
    registered with ``default=True``. A driver already known under ``name`` is replaced, and left open: where coodie
    had opened it, call ``close(name)`` first. Raises `ConfigurationError` when ``driver`` fits neither door, or
    ``name`` is no text.
    """
    put(name, driver, keyspace, default=default, opened=False)


def put(name: str, driver: AnyDriver, keyspace: str | None, *, default: bool, opened: bool) -> AnyDriver | None:
    """`register_driver`, for a driver that coodie may have made itself.

    Gives the driver that ``name`` had before, if coodie had opened it and so must close it.
    """
    check_name(name)
    check_driver(driver)
    entry = _Entry(
        driver,
        driver if isinstance(driver, SyncDriver) else None,
        driver if isinstance(driver, AsyncDriver) else None,
        opened,
    )
    with _lock:
        before = _entries.get(name)
        _entries[name] = entry
        known.keyspaces[name] = keyspace
        if default or known.default is None:
            known.default = name
    return before.driver if before is not None and before.opened and before.driver is not driver else None


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
    with _lock:
        return _remove(name).driver


def forget(name: str | None) -> list[AnyDriver]:
    """Forget the connection ``name``, or without a name all of them; gives the drivers that coodie must close.

    They leave the registry together, so two who close at once close each driver once. Raises `ConfigurationError`
    for an unknown name.
    """
    with _lock:
        gone = [_remove(each) for each in (names() if name is None else (name,))]
    return [entry.driver for entry in gone if entry.opened]


def _remove(name: str) -> _Entry:
    entry = _entry(name)
    del _entries[name], known.keyspaces[name]
    if known.default == name:
        known.default = next(iter(_entries), None)
    return entry


def get_driver(name: str | None = None) -> AnyDriver:
    """The driver of the connection ``name``, or of the default one.

    Raises `ConfigurationError` that names the connection asked for and those that are known.
    """
    return _entry(name).driver


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
def replaced(name: str, driver: AnyDriver, *, keyspace: str | None = None) -> Generator[None]:
    """Make ``driver`` the default connection, called ``name``, for a block; then all is as it was before."""
    with _lock:
        before = dict(_entries), dict(known.keyspaces), known.default
        register_driver(name, driver, keyspace=keyspace, default=True)
    try:
        yield
    finally:
        with _lock:
            _entries.clear()
            known.keyspaces.clear()
            _entries.update(before[0])
            known.keyspaces.update(before[1])
            known.default = before[2]


def _entry(name: str | None) -> _Entry:
    try:
        return _entries[(known.default or "") if name is None else name]
    except (KeyError, TypeError):  # a name that is no text may have no hash
        raise _unknown(name) from None


def _unknown(name: str | None) -> ConfigurationError:
    if not _entries:
        what = f"connection {name!r} was asked for, but " if name is not None else ""
        return ConfigurationError(f"{what}no connection is known; call init_coodie() or register_driver() first")
    listed = ", ".join(map(repr, _entries))
    return ConfigurationError(f"no connection is called {name!r}; known: {listed}")


def _wrong_door(name: str | None, driver: AnyDriver, door: str, other: str) -> ConfigurationError:
    wanted = name if name is not None else known.default
    return ConfigurationError(
        f"connection {wanted!r} has {a_type(driver)}, which cannot serve {door}; use {other} or another driver"
    )
