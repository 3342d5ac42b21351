"""The registry of connections: which driver serves which name.

It knows drivers only by their protocol. The sync and the async API ask it for a driver that serves them, and get one or
an error that lists the known connections.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from threading import RLock
from typing import Any

from coodie._blocking import loop_of_thread, warn_if_blocking
from coodie._errors import ConfigurationError
from coodie._warn import warn
from coodie._words import a_type, word
from coodie.connections import connection_names
from coodie.cql.options import check_flag
from coodie.drivers.log import Log
from coodie.drivers.protocol import AnyDriver, AsyncDriver, Clocked, SyncDriver, TimePassing
from coodie.drivers.watch import watched


@dataclass(eq=False, slots=True)
class _Entry:
    """A registered driver, and for each API the driver that logs its trips, or None if it cannot serve that API.

    ``isinstance`` with a protocol is slow, so the check is made once.
    """

    driver: AnyDriver
    sync: SyncDriver | None
    aio: AsyncDriver | None
    opened: bool
    """Whether coodie opened the driver and must therefore close it."""
    double: bool = False
    """Whether it is a test double for the duration of a block (`replaced`)."""
    forgotten: bool = False
    clock: Clocked | None = None
    blocks: bool = True
    """Whether a call of ``coodie.sync`` waits for an answer, which a test double gives at once."""


@dataclass(eq=False, slots=True)
class _Block:
    """The state before a block in which a double replaces a connection."""

    entries: dict[str, _Entry]
    keyspaces: Mapping[str, str | None]
    default: str | None
    waiting: _Entry | None
    """The double for the default connection, as long as that has no name yet."""


_entries: dict[str, _Entry] = {}
_blocks: list[_Block] = []
_lock = RLock()


def register_driver(name: str, driver: AnyDriver, *, keyspace: str | None = None, default: bool = False) -> None:
    """Register ``driver`` as the connection ``name``, which models select by ``Settings.connection``.

    ``keyspace`` qualifies the tables of models that set none. The first connection registered is the default one,
    unless another is registered with ``default=True``. A driver already registered as ``name`` is replaced, and closed
    if coodie opened it; except if ``driver`` wraps it, as its attribute ``inner`` tells: then `close` closes
    ``driver``. Raises `ConfigurationError` if ``driver`` implements neither protocol, or ``name`` is not a str.
    """
    check_flag("default", default, ConfigurationError)
    check_closable(name)
    old = put(name, driver, keyspace, default=default, opened=False)
    if isinstance(old, SyncDriver):
        old.close()


def put(
    name: str, driver: AnyDriver, keyspace: str | None, *, default: bool, opened: bool, slow: float | None = None
) -> AnyDriver | None:
    """`register_driver` for a driver that coodie may have opened. Trips of more than ``slow`` seconds are logged.

    Returns the driver previously registered as ``name`` if coodie opened it and must now close it.
    """
    check_name(name)
    entry = _entry_of(driver, opened, slow=slow)
    with _lock:
        before = _entries.get(name)
        _entries[name] = entry
        connection_names.add(name, keyspace, default=default)
        if before is None or not before.opened or (_blocks and before in _blocks[-1].entries.values()):
            return None  # the connection that a double replaces comes back after the block
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
        clock=_clock_of(driver),
        blocks=not isinstance(_innermost(driver), TimePassing),
    )


def _clock_of(driver: object) -> Clocked | None:
    while driver is not None and not isinstance(driver, Clocked):
        driver = getattr(driver, "inner", None)
    return driver


def _now(name: str | None) -> datetime:
    entry = _entries.get((connection_names.default or "") if name is None else name)
    return datetime.now(timezone.utc) if entry is None or entry.clock is None else entry.clock.now()


connection_names.now = _now


def _around(driver: object, other: AnyDriver) -> bool:
    """Whether ``driver`` is ``other`` or wraps it."""
    while driver is not None:
        if driver is other:
            return True
        driver = getattr(driver, "inner", None)
    return False


def check_driver(driver: Any) -> None:
    """Raise `ConfigurationError` unless ``driver`` implements one of the protocols."""
    if not isinstance(driver, (SyncDriver, AsyncDriver)):
        raise ConfigurationError(
            f"{a_type(driver)} is not a driver: it needs execute() and close(), or aexecute() and aclose()"
        )


def check_name(name: Any) -> None:
    """Raise `ConfigurationError` unless ``name`` is a valid name for a connection."""
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"the name of a connection must be a str, not {word(name)}")


def unregister_driver(name: str) -> AnyDriver:
    """Unregister the connection ``name`` and return its driver, still open.

    If it was the default, the oldest remaining connection becomes the default. Raises `ConfigurationError` for an
    unknown name.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _unknown(name)
    with _lock:
        return _remove(name).driver


def forget(name: str | None) -> list[AnyDriver]:
    """Unregister the connection ``name``, or all without a name; returns the drivers that coodie must close.

    This is atomic, so that concurrent calls close each driver once. A test double stays in place. Raises
    `ConfigurationError` for an unknown name.
    """
    with _lock:
        gone = [_remove(each) for each in _without_doubles(name)]
    return [entry.driver for entry in gone if entry.opened]


def opened(name: str | None) -> bool:
    """Whether `forget` would return any driver to close. Raises `ConfigurationError` for an unknown name."""
    return any(_entry(each).opened for each in _without_doubles(name))


def check_closable(name: str | None) -> None:
    """Raise `ConfigurationError` if coodie opened that connection, or any, and only ``coodie.aio`` can close it.

    Issues `BlockingCallWarning` on the thread of a running event loop, if there is one to close.
    """
    there = [(each, entry) for each, entry in list(_entries.items()) if name in (None, each) and entry.opened]
    for each, entry in there:
        if entry.sync is None:
            raise _wrong_door(each, entry.driver, "coodie.sync", "coodie.aio")
    if any(entry.blocks for _, entry in there):
        warn_if_blocking()


def _without_doubles(name: str | None) -> list[str]:
    return [each for each in (names() if name is None else (name,)) if not _entry(each).double]


def _remove(name: str) -> _Entry:
    entry = _entry(name)
    entry.forgotten = True
    del _entries[name]
    default = connection_names.default
    keyspaces = {each: keyspace for each, keyspace in connection_names.keyspaces.items() if each != name}
    connection_names.set(keyspaces, next(iter(_entries), None) if default == name else default)
    return entry


def get_driver(name: str | None = None) -> AnyDriver:
    """The driver of the connection ``name``, or of the default one.

    Raises `ConfigurationError`, which names the requested connection and the known ones.
    """
    return _entry(name).driver


def shows_values(name: str | None) -> bool:
    """Whether messages about the connection may show bound values, which is so if it was opened with ``log_values``."""
    return getattr(_innermost(get_driver(name)), "log_values", False) is True


def passes_time(name: str | None, seconds: float) -> bool:
    """Advance the clock of a double by ``seconds``; False if there is none, so that the caller must sleep."""
    driver: object = get_driver(name)
    while driver is not None:
        if isinstance(driver, TimePassing):
            return driver.pass_time(seconds)
        driver = getattr(driver, "inner", None)
    return False


def _innermost(driver: object) -> object:
    """The innermost driver, without wrappers."""
    while (inner := getattr(driver, "inner", None)) is not None:
        driver = inner
    return driver


def sync_driver(name: str | None = None) -> SyncDriver:
    """The driver of a connection for ``coodie.sync``; raises `ConfigurationError` if it is only async.

    Issues `BlockingCallWarning` on the thread of a running event loop, except for test doubles.
    """
    entry = _entry(name)
    if entry.sync is None:
        raise _wrong_door(name, entry.driver, "coodie.sync", "coodie.aio")
    if entry.blocks and loop_of_thread() is not None:
        warn_if_blocking()
    return entry.sync


def async_driver(name: str | None = None) -> AsyncDriver:
    """The driver of a connection for ``coodie.aio``; raises `ConfigurationError` if it is only sync."""
    entry = _entry(name)
    if entry.aio is None:
        raise _wrong_door(name, entry.driver, "coodie.aio", "coodie.sync")
    return entry.aio


def names() -> tuple[str, ...]:
    """The names of the connections, oldest first."""
    return tuple(_entries)


@contextmanager
def replaced(name: str | None, driver: AnyDriver, *, keyspace: str | None = None) -> Generator[None]:
    """Replace the connection ``name`` by ``driver``, a test double, inside a block, and make it the default.

    Without a name it replaces the default connection or, if there is none yet, the first one that is opened. Opening a
    connection under its name leaves it in place (`keeps_double`); registering a driver replaces it. At the end of the
    block, connections that were opened in it are closed, and the earlier ones are restored, except those that were
    closed.
    """
    double = _entry_of(driver, False, double=True)
    with _lock:
        waiting = double if name is None and connection_names.default is None else None
        block = _Block(dict(_entries), connection_names.keyspaces, connection_names.default, waiting)
        _blocks.append(block)
        name = name or connection_names.default or "default"
        _entries[name] = double
        connection_names.add(name, keyspace, default=True)
    try:
        yield
    finally:
        with _lock:
            _blocks.remove(block)
            double.forgotten = True
            made = {name: each for name, each in _entries.items() if each not in block.entries.values() and each.opened}
            _restore(block)
        for name, each in made.items():
            if each.sync is not None:
                each.sync.close()
            else:
                warn(
                    f"connection {name!r} stays open at the end of this block, since only coodie.aio can close it; "
                    f"await coodie.aio.close({name!r}) inside the block",
                    ResourceWarning,
                )


def _restore(block: _Block) -> None:
    kept = {name: entry for name, entry in block.entries.items() if not entry.forgotten}
    _entries.clear()
    _entries.update(kept)
    default = block.default if block.default in kept else next(iter(kept), None)
    connection_names.set({name: block.keyspaces[name] for name in kept}, default)


def keeps_double(name: str, keyspace: str | None, *, default: bool) -> bool:
    """Whether a double replaces the connection ``name`` that is about to be opened; if so, the double stays.

    Unless the double has a keyspace of its own, it takes the given one, so that statements look as on the cluster.
    """
    with _lock:
        if not _blocks:
            return False
        if _blocks[-1].waiting is not None and name not in _entries:
            _entries[name] = _blocks[-1].waiting
            connection_names.add(name, connection_names.keyspace_of(None), default=True)
        _blocks[-1].waiting = None
        if name not in _entries or not _entries[name].double:
            return False
        own = connection_names.keyspaces[name]
        connection_names.add(name, keyspace if own is None else own, default=default)
    return True


def _entry(name: str | None) -> _Entry:
    try:
        return _entries[(connection_names.default or "") if name is None else name]
    except (KeyError, TypeError):  # a name that is not a str may be unhashable
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
