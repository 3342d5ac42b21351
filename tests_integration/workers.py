"""Processes that tests start together: how they connect, begin at once, and end."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cassandra.cluster import ExecutionProfile, default_lbp_factory
from cassandra.policies import WhiteListRoundRobinPolicy

from coodie.sync import init_coodie

from .server.client import PATIENT

ROOT = Path(__file__).parent.parent


class Ended(NamedTuple):
    """How a process ended: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


def connect(host: str, port: int, *, only: bool = False, **options: Any) -> None:
    """Connect as patiently as a machine needs on which eight of these run at once; with ``only``, to one node.

    No other policy of the vendor's: that all workers send their DDL to one node is what coodie sees to.
    """
    policy = WhiteListRoundRobinPolicy([host]) if only else default_lbp_factory()
    profile = ExecutionProfile(load_balancing_policy=policy, request_timeout=60)
    init_coodie([host], port=port, execution_profile=profile, **PATIENT, **options)


def ready() -> None:
    """Say that this process is ready, and wait until all are."""
    print("ready", flush=True)
    sys.stdin.readline()


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a module of this package as a process."""
    command = [sys.executable, "-W", "ignore", "-m", f"tests_integration.{module}", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def go(*workers: subprocess.Popen[str]) -> None:
    """Let all begin when the last one is ready."""
    for worker in workers:
        wait_for_line(worker)
    for worker in workers:
        go_on(worker)


def go_on(worker: subprocess.Popen[str]) -> None:
    """Give the line that a process waits for."""
    assert worker.stdin is not None
    with suppress(BrokenPipeError):  # it has ended, and says why
        worker.stdin.write("\n")
        worker.stdin.flush()


def wait_for_line(worker: subprocess.Popen[str]) -> None:
    """Return when a process has written a line, or has ended."""
    assert worker.stdout is not None
    worker.stdout.readline()


def ended(*workers: subprocess.Popen[str]) -> list[Ended]:
    """Wait for the end of all."""
    found: list[Ended] = []
    for worker in workers:
        out, err = worker.communicate(timeout=900)
        found.append(Ended(worker.returncode, out, err))
    return found
