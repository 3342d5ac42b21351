"""Sleeping, in a thread and on whichever event loop runs."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any


def sleep(seconds: float) -> None:
    """Let ``seconds`` pass. Blocks."""
    time.sleep(seconds)


async def asleep(seconds: float) -> None:
    """Let ``seconds`` pass while other tasks run, under asyncio and under trio; 0 lets each of them run once."""
    trio: Any = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_task()
        except RuntimeError:  # trio is imported, but not what runs here
            pass
        else:
            await trio.sleep(seconds)
            return
    await asyncio.sleep(seconds)
