"""Makes a driver from hosts, from a session, or from a driver that the user passes.

Only this module loads the vendor's driver, and only when a connection needs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from coodie._blocking import warn_if_blocking
from coodie._errors import ConfigurationError
from coodie._words import word
from coodie.cql.message import Statement
from coodie.cql.options import check_flag
from coodie.drivers.adapters import Adapter, ConnectionSettings, adapter_names, registered
from coodie.drivers.protocol import AnyDriver, SyncDriver
from coodie.drivers.shared.lazy import lazy_driver
from coodie.drivers.shared.running_loop import running_loop
from coodie.drivers.shared.threads import in_thread

_CASSANDRA: Final = "cassandra"
_ACSYLLA: Final = "acsylla"
_MEMORY: Final = "memory"


def connect(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AnyDriver | str | None = None,
    keyspace: str | None = None,
    lazy: bool = False,
    create_keyspace: Statement | None = None,
    **options: Any,
) -> AnyDriver:
    """A driver for ``hosts``, for a session of the user's, or the driver given.

    ``hosts`` is ``"host"``, ``"host:port"``, several with commas between, or a sequence; ``"memory:"`` is one in
    the memory of this process, ``"memory:dev.cql"`` one that is loaded from that file, if it is there, and saved to
    it by ``close()``. ``driver`` may be the name of an adapter: ``"cassandra"`` if none is given. ``options`` are the
    adapter's; that for cassandra-driver hands them to the vendor's ``Cluster``; besides, ``log_values`` shows bound
    values in errors, ``prepared_size`` bounds the cache of prepared statements, ``schema_timeout`` is how many seconds
    a change of the schema may take (120 if not given), ``execution_profile`` names the profile to use. With ``lazy`` it
    connects at first use, and anew after a fork. The statement ``create_keyspace`` is sent before the keyspace is used.
    A session or driver that is given is used as it is and never closed.

    Blocks. Raises `ConfigurationError` for an unknown or invalid option and if the vendor's driver is not installed,
    `Unavailable` if no host answers, and `RequestRejected` for wrong credentials or an unknown keyspace.
    """
    asked = _asked(hosts, session, driver, keyspace, lazy, create_keyspace, options)
    if not isinstance(asked, _Asked):
        return asked
    way = _way(asked, registered(asked.adapter) or _load(asked.adapter))
    if way.connect is None:
        raise ConfigurationError(
            f"the adapter {asked.adapter!r} cannot serve coodie.sync; use coodie.aio or another one"
        )
    if way.made is not None:
        return way.made
    if asked.adapter != _MEMORY and (asked.session is None or create_keyspace is not None):
        warn_if_blocking()
    return way.connect()


async def aconnect(
    hosts: str | Sequence[str] | None = None,
    *,
    session: Any = None,
    driver: AnyDriver | str | None = None,
    keyspace: str | None = None,
    lazy: bool = False,
    create_keyspace: Statement | None = None,
    **options: Any,
) -> AnyDriver:
    """`connect` without blocking the event loop: with the adapter's ``aconnect``, or in a thread."""
    asked = _asked(hosts, session, driver, keyspace, lazy, create_keyspace, options)
    if not isinstance(asked, _Asked):
        return asked
    adapter = registered(asked.adapter)
    if adapter is None:
        running_loop()  # without a loop, the connection that the thread opens would be lost
        # importing a vendor's driver is slow
        adapter = await asyncio.wrap_future(in_thread(lambda: _load(asked.adapter), "coodie-load"))
    way = _way(asked, adapter)
    if way.aconnect is None:
        running_loop()
    if way.made is not None:
        return way.made
    if way.aconnect is not None:
        return await way.aconnect()
    assert way.connect is not None
    made = in_thread(way.connect, "coodie-connect")
    try:
        return await asyncio.wrap_future(made)
    except asyncio.CancelledError:
        # A thread cannot be cancelled: a connection that it opens after the caller was cancelled is closed again.
        made.add_done_callback(_drop)
        raise


def _drop(made: Future[AnyDriver]) -> None:
    if made.exception() is None and isinstance(driver := made.result(), SyncDriver):
        driver.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The settings of a connection to open, and its adapter."""

    adapter: str
    session: Any
    lazy: bool
    settings: ConnectionSettings


@dataclass(frozen=True, slots=True)
class _Way:
    """How the driver is made in each API; ``made`` is set if there is nothing left to do."""

    made: AnyDriver | None
    connect: Callable[[], AnyDriver] | None
    aconnect: Callable[[], Awaitable[AnyDriver]] | None = None


def _asked(
    hosts: Any,
    session: Any,
    driver: AnyDriver | str | None,
    keyspace: str | None,
    lazy: bool,
    create_keyspace: Statement | None,
    options: dict[str, Any],
) -> _Asked | AnyDriver:
    """What to connect, or the driver given. Raises `ConfigurationError` for arguments that exclude each other."""
    check_flag("lazy", lazy, ConfigurationError)
    usual = _MEMORY if isinstance(hosts, str) and hosts.startswith(f"{_MEMORY}:") else _CASSANDRA
    name, driver = (driver, None) if isinstance(driver, str) else (usual, driver)
    given = [arg for arg, value in (("hosts", hosts), ("session", session), ("driver", driver)) if value is not None]
    if len(given) > 1:
        raise ConfigurationError(f"give one of hosts, session and driver, not {' and '.join(given)}")
    if driver is not None:
        _check_as_it_is(lazy, create_keyspace, options)
        return driver
    if session is not None and lazy:
        raise ConfigurationError("a session that is passed in is already connected, so lazy= cannot apply")
    if not given and not options:
        raise ConfigurationError("a connection needs hosts=, session= or driver=")
    return _Asked(name, session, lazy, ConnectionSettings(hosts, keyspace, options, create_keyspace))


def _check_as_it_is(lazy: bool, create: Statement | None, options: dict[str, Any]) -> None:
    names = [*options, *(["lazy"] if lazy else []), *(["create_keyspace"] if create is not None else [])]
    if names:
        raise ConfigurationError(f"a driver that is passed in is used as it is and takes no {', '.join(names)}")


def _way(asked: _Asked, adapter: Adapter) -> _Way:
    settings, over = asked.settings, adapter.over
    if asked.session is not None:
        if over is None:
            raise ConfigurationError(f"the adapter {asked.adapter!r} takes no session; give hosts=")
        return _Way(None, lambda: over(asked.session, settings))
    if adapter.check is not None:
        adapter.check(settings)
    one, other = adapter.connect, adapter.aconnect
    connect = None if one is None else lambda: one(settings)
    aconnect = None if other is None else lambda: other(settings)
    return _Way(lazy_driver(connect, aconnect) if asked.lazy else None, connect, aconnect)


def _load(name: str) -> Adapter:
    """An adapter that coodie brings, loaded when it is first asked for."""
    if name == _MEMORY:
        import coodie.testing.memory.embedded as memory  # noqa: PLC0415 - few need it, and it is large

        return memory.ADAPTER
    if name == _ACSYLLA:
        return _load_acsylla()
    if name != _CASSANDRA:
        known = ", ".join(map(repr, sorted({_CASSANDRA, _ACSYLLA, _MEMORY, *adapter_names()})))
        raise ConfigurationError(f"no adapter is called {word(name)}; known: {known}; register_adapter() adds one")
    try:
        import coodie.drivers.cassandra as found  # noqa: PLC0415 - the vendor's driver is optional, and slow to load
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "cassandra":
            raise
        raise ConfigurationError(
            "a connection to a cluster needs the driver of its vendor: pip install cassandra-driver (or scylla-driver)"
        ) from error
    return found.ADAPTER


def _load_acsylla() -> Adapter:
    try:
        import coodie.drivers.acsylla as found  # noqa: PLC0415 - the vendor's driver is optional
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "acsylla":
            raise
        raise ConfigurationError("the adapter 'acsylla' needs the driver of that name: pip install acsylla") from error
    return found.ADAPTER
