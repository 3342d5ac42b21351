"""The Java driver, which Maven fetches: it connects, prepares, batches, pages, reads metadata, and is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ..conftest import require  # noqa: TID252 - the checkout's root is not on the path
from ..server import Found, NoCluster  # noqa: TID252
from ..server.jars import find_jars  # noqa: TID252
from ..server.java import find_java  # noqa: TID252

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def java() -> list[str]:
    """The command that runs a file of Java with the driver."""
    try:
        return [str(find_java()), "-cp", f"{find_jars(HERE / 'pom.xml', 'java-driver')}/*"]
    except NoCluster as error:
        require(error)
        raise AssertionError("unreachable") from error


def test_the_java_driver(cluster: Found, keyspace: str, java: list[str]) -> None:
    done = subprocess.run(
        [*java, str(HERE / "Client.java"), cluster.hosts[0], str(cluster.port), keyspace],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "connected to 5.0.9, protocol V5",
        "prepared 3 marks, key [0]",
        "batched 3, tags [a, b]",
        "paged 100 of 250",
        "metadata 1 [DESC] [p, c, tags, v]",
        "refused Undefined column name nope in table " + keyspace + ".t",
        "condition false",
    ]
