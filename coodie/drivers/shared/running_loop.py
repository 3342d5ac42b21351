"""The running event loop, which real drivers need."""

from __future__ import annotations

import asyncio

from coodie._errors import ConfigurationError


def running_loop() -> asyncio.AbstractEventLoop:
    """The running event loop of asyncio. Raises `ConfigurationError` if there is none, as under trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "coodie.aio needs asyncio to reach a cluster, and no event loop of asyncio runs here (trio has one of its "
            "own, and so has anyio over trio); run this under asyncio, or use coodie.sync in a thread"
        ) from None
