"""Runs blocking calls in threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from coodie.drivers.protocol import AnyDriver, AsyncDriver

T = TypeVar("T")


def in_thread(work: Callable[[], T], name: str) -> Future[T]:
    """The future result of ``work``, run in a thread that does not delay the exit of the process. It cannot be
    cancelled.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            found = work()
        except BaseException as error:  # noqa: BLE001 - it goes to whoever waits
            future.set_exception(error)
        else:
            future.set_result(found)

    try:
        Thread(target=run, name=name, daemon=True).start()
    except RuntimeError:  # the interpreter is shutting down and cannot start threads
        run()
    return future


async def aclosed(driver: AnyDriver) -> None:
    """Close a driver of either API without blocking the event loop."""
    if isinstance(driver, AsyncDriver):
        await driver.aclose()
    else:
        await asyncio.to_thread(driver.close)
