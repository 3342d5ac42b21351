"""The engine on a TCP port of this process, on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.system import Place
from coodie.testing.memory.wire import port


@contextmanager
def opened(memory: MemoryDriver) -> Iterator[int]:
    """A free port of 127.0.0.1 that clients find the engine on, until the block ends."""
    ready: list[Any] = []
    started = threading.Event()

    async def serve() -> None:
        ended = asyncio.Event()
        listening = port.Port(memory.server)
        host, number = await listening.listen("127.0.0.1", 0)
        memory.engine.place = Place(host, number)
        ready.extend((number, asyncio.get_running_loop(), ended))
        started.set()
        await ended.wait()
        await listening.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(60)
    try:
        yield ready[0]
    finally:
        ready[1].call_soon_threadsafe(ready[2].set)
        thread.join(60)
