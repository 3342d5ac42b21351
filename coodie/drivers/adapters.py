"""Adapters by name: how to connect to a cluster with one vendor's driver."""

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
    """The arguments of ``init_coodie()`` for a connection to a cluster.

    ``hosts`` is what the user passed, or None. ``options`` are the keyword arguments that `init_coodie` itself does not
    have; the adapter checks them. The statement ``create_keyspace`` must be executed before ``keyspace`` is used.
    """

    hosts: Any = None
    keyspace: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    create_keyspace: Statement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How to connect with one vendor's driver; one of ``connect`` and ``aconnect`` is enough.

    ``connect`` returns a connected driver, and blocks. ``aconnect`` does the same without blocking the event loop on
    which it is awaited; without it, the async API calls ``connect`` in a thread. Without ``connect`` the adapter serves
    only the async API. On failure, both must leave nothing open, and raise the errors that `coodie.drivers.connect`
    documents.

    ``check`` raises `ConfigurationError` for settings that are wrong whatever the cluster; it is called first, even
    if the connection is opened at first use. ``over`` returns a driver over a session of the user's, and may block;
    without it, ``init_coodie(session=)`` is refused.
    """

    connect: Callable[[ConnectionSettings], AnyDriver] | None = None
    aconnect: Callable[[ConnectionSettings], Awaitable[AnyDriver]] | None = None
    check: Callable[[ConnectionSettings], object] | None = None
    over: Callable[[Any, ConnectionSettings], AnyDriver] | None = None


_adapters: dict[str, Adapter] = {}


def register_adapter(name: Any, adapter: Adapter) -> None:
    """Register an adapter, so that ``init_coodie(hosts, driver=name)`` connects with it.

    An adapter already registered as ``name`` is replaced. ``"cassandra"``, for cassandra-driver and scylla-driver, is
    the one used without a name. Raises `ConfigurationError` if ``adapter`` is not an `Adapter` or cannot connect.
    """
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"the name of an adapter must be a str, not {word(name)}")
    if not isinstance(adapter, Adapter):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(f"an adapter must be a coodie.drivers.Adapter, not {a_type(adapter)}")
    if adapter.connect is None and adapter.aconnect is None:
        raise ConfigurationError(f"the adapter {name!r} cannot connect; give it connect= or aconnect=")
    _adapters[name] = adapter


def unregister_adapter(name: str) -> None:
    """Unregister an adapter; its connections stay open. Does nothing for an unknown name."""
    _adapters.pop(name, None)


def registered(name: str) -> Adapter | None:
    """The adapter registered as ``name``, or None."""
    return _adapters.get(name)


def adapter_names() -> list[str]:
    """The names of the registered adapters."""
    return list(_adapters)
