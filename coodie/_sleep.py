"""Sleeping: in a thread, and on the event loop that is running."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any


def sleep(seconds: float) -> None:
    """Sleep for ``seconds``. Blocks."""
    time.sleep(seconds)


async def asleep(seconds: float) -> None:
    """Sleep for ``seconds`` while other tasks run, under asyncio or trio; 0 lets each of them run once."""
    trio = running_trio()
    await (asyncio.sleep(seconds) if trio is None else trio.sleep(seconds))


def running_trio() -> Any:
    """The module trio if the running loop is trio's, else None."""
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_task()
        except RuntimeError:  # trio is imported, but this loop is not trio's
            return None
    return trio
