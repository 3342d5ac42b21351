"""The adapter for acsylla, the asynchronous driver over the C++ driver: async API only, loaded when it is asked for."""

from __future__ import annotations

from typing import Final

from coodie.drivers.acsylla import cluster
from coodie.drivers.adapters import Adapter

ADAPTER: Final = Adapter(aconnect=cluster.aconnect, check=cluster.check)

__all__ = ["ADAPTER"]
