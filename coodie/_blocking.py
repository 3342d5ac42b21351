"""The warning of calls that block a running event loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

from coodie._errors import BlockingCallWarning
from coodie._warn import warn

loop_of_thread: Final[Callable[[], object]] = asyncio._get_running_loop  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
"""The running event loop of this thread, or None. asyncio documents it for makers of event loops."""

in_own_loop: Final[ContextVar[bool]] = ContextVar("in_own_loop", default=False)
"""Whether the loop is one that coodie made for a coroutine of the user's, and so has nothing else to do."""


def warn_if_blocking() -> None:
    """Issue `BlockingCallWarning` on the thread of a running event loop, except at an interactive prompt.

    Notebooks run their cells on a loop that has nothing else to do; like every prompt, they set ``sys.ps1``.
    """
    if loop_of_thread() is not None and not in_own_loop.get() and not hasattr(sys, "ps1"):
        warn(
            "coodie.sync blocks the event loop that runs on this thread until the answer arrives; use coodie.aio, or "
            "call it in a thread, as asyncio.to_thread() does",
            BlockingCallWarning,
        )
