"""Waiting for an item of a queue: it never takes longer than it may."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread

import pytest

from coodie._queue import taken


@pytest.mark.parametrize("wait", [0, -1, 1e-9, 1e-6])
def test_a_short_wait_ends(wait: float) -> None:
    ended: SimpleQueue[bool] = SimpleQueue()

    def take_again_and_again() -> None:
        queue: SimpleQueue[int] = SimpleQueue()
        for number in range(20_000):
            queue.put(number)
            assert taken(queue, wait) == number
            with pytest.raises(Empty):
                taken(queue, wait)
        ended.put(True)

    Thread(target=take_again_and_again, daemon=True).start()
    assert ended.get(timeout=60)


def test_an_item_that_comes_ends_a_wait_without_a_limit() -> None:
    queue: SimpleQueue[int] = SimpleQueue()
    Thread(target=queue.put, args=[7]).start()
    assert taken(queue, None) == 7
