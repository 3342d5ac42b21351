"""Adapters by name: how connections to a cluster are made with one vendor's driver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from coodie._errors import ConfigurationError
from coodie._words import a_type, word
from coodie.cql.message import Statement
from coodie.drivers.protocol import AnyDriver


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """What ``init_coodie()`` was given for a connection to a cluster.

    ``hosts`` is as the user wrote it, None where it was left out. ``options`` is all that `init_coodie` has no argument
    for: the adapter says which of them it knows. The statement ``create_keyspace`` is to be sent, and done, before
    ``keyspace`` is used.
    """

    hosts: Any = None
    keyspace: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    create_keyspace: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How connections are made with one vendor's driver; one of ``connect`` and ``aconnect`` is enough.

    ``connect`` gives a driver that is connected, and blocks. ``aconnect`` does so without blocking the event loop that
    it is awaited on; where there is none, the async door has ``connect`` called in a thread. Without ``connect`` the
    adapter serves that door only. Whoever fails leaves nothing open, and raises what `coodie.drivers.connect` says.

    ``check`` raises `ConfigurationError` for what can be refused without a cluster; it is called first, also for a
    connection that is made at its first use. ``over`` gives a driver over a session that the user has, and may block;
    where there is none, ``init_coodie(session=)`` is refused.
    """

    connect: Callable[[ConnectionSettings], AnyDriver] | None = None
    aconnect: Callable[[ConnectionSettings], Awaitable[AnyDriver]] | None = None
    check: Callable[[ConnectionSettings], object] | None = None
    over: Callable[[Any, ConnectionSettings], AnyDriver] | None = None


_adapters: dict[str, Adapter] = {}


def register_adapter(name: Any, adapter: Adapter) -> None:
    """Make an adapter known, so that ``init_coodie(hosts, driver=name)`` connects by it.

    One that is known by that name is replaced; ``"cassandra"``, the adapter of cassandra-driver and scylla-driver, is
    the one that is used where no name is given. Raises `ConfigurationError` for what is no adapter.
    """
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"the name of an adapter is a text, not {word(name)}")
    if not isinstance(adapter, Adapter):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"an adapter is a coodie.drivers.Adapter, not {a_type(adapter)}")
    if adapter.connect is None and adapter.aconnect is None:
        raise ConfigurationError(f"the adapter {name!r} can connect neither way; give it connect= or aconnect=")
    _adapters[name] = adapter


def unregister_adapter(name: str) -> None:
    """Forget an adapter that was registered; connections that it made stay. Harmless for an unknown name."""
    _adapters.pop(name, None)


def registered(name: str) -> Adapter | None:
    """The adapter that was registered as ``name``."""
    return _adapters.get(name)


def adapter_names() -> list[str]:
    """The names of the adapters that were registered."""
    return list(_adapters)
