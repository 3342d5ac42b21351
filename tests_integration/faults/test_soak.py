"""Two rounds of a soak leave nothing behind; and what does leave something behind is found."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests_integration.server import Found

from .hand import Hand, Steps
from .soak import Kinds, Soak, connected

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc"),
    pytest.mark.needs_server("the process would hold its rows"),
]


@pytest.fixture
def work(cluster: Found) -> Iterator[Kinds]:
    with connected(cluster.hosts, cluster.port) as kinds:
        yield kinds


def test_a_soak_leaves_nothing_behind(work: Kinds) -> None:
    assert Soak(work, rate=80, rounds=3, seconds=4).run() == []


def open_a_file(hand: Hand) -> Steps:
    KEPT.append(os.open(__file__, os.O_RDONLY))
    yield from ()


def start_a_thread(hand: Hand) -> Steps:
    thread = threading.Thread(target=END.wait, daemon=True)
    thread.start()
    yield from ()


def keep_objects(hand: Hand) -> Steps:
    KEPT.append([[] for _ in range(1000)])
    yield from ()


KEPT: list[Any] = []
END = threading.Event()


@pytest.mark.parametrize(
    ("leak", "what"), [(open_a_file, "files"), (start_a_thread, "threads"), (keep_objects, "objects")]
)
def test_what_stays_is_found(
    work: Kinds, leak: Callable[[Hand], Steps], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests_integration.faults.soak.PATIENCE", 0)
    END.clear()
    try:
        found = Soak({"saves": work["saves"], "leak": (leak, 10)}, rate=100, rounds=2, seconds=0.5).run()
    finally:
        END.set()
        for each in KEPT:
            if isinstance(each, int):
                os.close(each)
        KEPT.clear()
    assert f"{what} has grown" in found
