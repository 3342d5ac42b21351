"""Running a coroutine of the user's, and repeating something beside the work: in threads, under asyncio and trio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Event, Thread
from typing import Any, TypeVar

from coodie._blocking import in_own_loop
from coodie._sleep import asleep, running_trio

R = TypeVar("R")


async def acalled(coroutine: Coroutine[Any, Any, R]) -> R:
    """The result of a coroutine, on the loop that is running."""
    return await coroutine


def called(coroutine: Coroutine[Any, Any, R]) -> R:
    """The result of a coroutine, on a loop of its own; in a thread if one is running in this thread. Blocks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _alone(coroutine)
    found: list[R] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(_alone(coroutine))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread of the caller
            failed.append(error)

    thread = Thread(target=work, name="coodie-coroutine")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _alone(coroutine: Coroutine[Any, Any, R]) -> R:
    token = in_own_loop.set(True)
    try:
        return asyncio.run(coroutine)
    finally:
        in_own_loop.reset(token)


async def afinished(coroutine: Coroutine[Any, Any, R]) -> R:
    """The result of a coroutine that is carried out even if the caller is cancelled meanwhile, or was before."""
    trio = running_trio()
    if trio is not None:
        with trio.CancelScope(shield=True):
            return await coroutine
    task = asyncio.ensure_future(coroutine)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        raise


def finished(result: R) -> R:
    """The result itself: in a thread nothing is cancelled."""
    return result


@asynccontextmanager
async def arepeated(step: Callable[[], Coroutine[Any, Any, object]], seconds: float) -> AsyncGenerator[None]:
    """Do ``step`` every ``seconds`` while the block runs. An error of the step is passed over."""

    async def repeat() -> None:
        while True:
            await asleep(seconds)
            with suppress(Exception):
                await step()

    trio = running_trio()
    if trio is not None:
        failed: Exception | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(repeat)
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised below, since the nursery would put it into a group
                failed = error
            nursery.cancel_scope.cancel()
        if failed is not None:
            raise failed
        return
    task = asyncio.ensure_future(repeat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextmanager
def repeated(step: Callable[[], object], seconds: float) -> Generator[None]:
    """Do ``step`` every ``seconds``, in a thread, while the block runs. An error of the step is passed over."""
    over = Event()

    def repeat() -> None:
        while not over.wait(seconds):
            with suppress(Exception):
                step()

    thread = Thread(target=repeat, name="coodie-repeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def new_lock() -> Any:
    """A lock for ``async with``, of the loop that is running."""
    trio = running_trio()
    return asyncio.Lock() if trio is None else trio.Lock()


async def all_of(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Carry out coroutines at the same time. The first error cancels the others and is raised."""
    trio = running_trio()
    if trio is None:
        tasks = [asyncio.ensure_future(each) for each in coroutines]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)
        return
    failed: list[Exception] = []

    async def work(coroutine: Coroutine[Any, Any, None], scope: Any) -> None:
        try:
            await coroutine
        except Exception as error:  # noqa: BLE001 - raised below, since the nursery would put it into a group
            failed.append(error)
            scope.cancel()

    async with trio.open_nursery() as nursery:
        for each in coroutines:
            nursery.start_soon(work, each, nursery.cancel_scope)
    if failed:
        raise failed[0]
