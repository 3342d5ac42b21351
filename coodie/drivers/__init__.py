"""Connections and drivers: the registry, the protocol of drivers, and the adapter for cassandra-driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Page, Request, Statement
from coodie.drivers.adapters import Adapter, ConnectionSettings, register_adapter, unregister_adapter
from coodie.drivers.hooks import Hook, Trip, hooked
from coodie.drivers.lifecycle import open as init_coodie
from coodie.drivers.protocol import AsyncDriver, ConcurrentDriver, Driver, SyncDriver
from coodie.drivers.registry import get_driver, register_driver, unregister_driver

if TYPE_CHECKING:
    from coodie.drivers.cassandra import CassandraDriver

__all__ = [
    "UNSET",
    "Adapter",
    "AsyncDriver",
    "Batch",
    "BatchKind",
    "CassandraDriver",
    "ConcurrentDriver",
    "ConnectionSettings",
    "Driver",
    "Hook",
    "Kind",
    "Mark",
    "Options",
    "Page",
    "Request",
    "Statement",
    "SyncDriver",
    "Trip",
    "get_driver",
    "hooked",
    "init_coodie",
    "register_adapter",
    "register_driver",
    "unregister_adapter",
    "unregister_driver",
]

if not TYPE_CHECKING:  # for checkers a module with such a function has every name, misspelt ones too

    def __getattr__(name):
        if name != "CassandraDriver":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # The vendor's driver is an optional dependency, so its adapter is loaded on first use.
        from coodie.drivers.cassandra import CassandraDriver  # noqa: PLC0415

        return CassandraDriver
