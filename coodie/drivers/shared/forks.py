"""Detects forks of this process, which the sockets and threads of a connection do not survive.

A counter that is incremented in the child costs one comparison per call; asking for the process id is a system call.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakMethod

count: int = 0
_told: list[WeakMethod[Callable[[], None]]] = []


def tell(method: Callable[[], None]) -> None:
    """Have the bound ``method`` called in each child process, before anything else runs there. Its object is not kept
    alive.
    """
    _told[:] = [other for other in _told if other() is not None]
    _told.append(WeakMethod(method))


def _forked() -> None:
    global count
    count += 1
    for reference in _told:
        if (method := reference()) is not None:
            method()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_forked)
