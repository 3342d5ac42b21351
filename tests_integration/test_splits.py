"""On a real cluster: splits that other processes read, each with a connection of its own, as the recipes do it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from subprocess import PIPE
from typing import Annotated

import pytest
from cassandra.cluster import Session

from coodie import ClusteringKey, PrimaryKey, aio
from coodie.sync import Document, close, init_coodie, read_split, save_many

from .server import Found

RECIPES = Path(__file__).parent.parent / "docs/examples/splits"


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    hour: Annotated[int, ClusteringKey()]
    value: float | None = None

    class Settings:
        name = "readings"


class AsyncReading(aio.Document):
    sensor: Annotated[int, PrimaryKey()]
    hour: Annotated[int, ClusteringKey()]
    value: float | None = None

    class Settings:
        name = "readings"


@pytest.fixture
def lines(session: Session, keyspace: str) -> Iterator[list[str]]:
    """The lines that each recipe prints, in order."""
    init_coodie(session=session, keyspace=keyspace)
    Reading.sync_table()
    rows = [
        Reading(sensor=sensor, hour=hour, value=None if hour == 1 else hour / 4)
        for sensor in range(100)
        for hour in range(5)
    ]
    save_many(rows).raise_if_failed()
    yield sorted(f"{row.sensor},{row.hour},{row.value}" for row in rows)
    close()


# Work for other processes stands in a script, as a user's does: a test module is on no path that they know.
@pytest.mark.parametrize(
    ("recipe", "needs"),
    [("pool.py", "concurrent.futures"), ("bag.py", "distributed"), ("spark.py", "pyspark"), ("frames.py", "polars")],
)
def test_the_recipes_read_the_same_rows(
    cluster: Found, keyspace: str, lines: list[str], tmp_path: Path, recipe: str, needs: str
) -> None:
    if find_spec(needs) is None:
        pytest.skip(f"{recipe} needs {needs}: tox -e engines")
    hosts = ",".join(f"{host}:{cluster.port}" for host in cluster.hosts)
    command = [sys.executable, str(RECIPES / recipe), str(tmp_path / "readings.parquet")]
    env = {**os.environ, "COODIE_HOSTS": hosts, "COODIE_KEYSPACE": keyspace}
    with subprocess.Popen(command, env=env, stdout=PIPE, stderr=PIPE, text=True, start_new_session=True) as process:
        try:
            printed, errors = process.communicate(timeout=1800)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and the processes that it has started
    assert process.returncode == 0, errors
    assert sorted(printed.splitlines()) == lines


def test_a_split_of_a_model_of_the_other_api_is_read(lines: list[str]) -> None:
    (split,) = AsyncReading.splits(1)
    assert sorted(f"{row.sensor},{row.hour},{row.value}" for row in read_split(split)) == lines
