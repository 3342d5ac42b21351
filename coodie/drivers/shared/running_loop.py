"""The event loop that calls of a real driver wait on."""

from __future__ import annotations

import asyncio

from coodie._errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop of asyncio that runs here. Raises `ConfigurationError` where there is none, as under trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "coodie.aio needs asyncio to reach a cluster, and no event loop of asyncio runs here (trio has one of its "
            "own, and so has anyio over trio); run this under asyncio, or use coodie.sync in a thread"
        ) from None
