"""Takes items from a queue, with or without a limit to the wait."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")


def taken(queue: SimpleQueue[T], wait: float | None) -> T:
    """The next item, for which it waits at most so many seconds, or as long as it takes. Raises `queue.Empty`.

    Only one thread may take items from the queue. In Python 3.10, ``SimpleQueue.get()`` with a time that is over
    before it looks at the clock again waits for ever, unless the queue was found empty before.
    """
    try:
        return queue.get_nowait()
    except Empty:
        if wait is not None and wait <= 0:
            raise
    return queue.get(timeout=wait)
