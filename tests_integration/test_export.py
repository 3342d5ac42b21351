"""On a real cluster: `coodie export`, killed with -9 in the middle and gone on with."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import pytest
from command_line import PROGRAM

from coodie import ClusteringKey, PrimaryKey
from coodie.sync import Document, close, execute_raw, init_coodie

from .conftest import PATIENT
from .server import Found

PARTITIONS, EACH = 400, 10


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    note: str | None = None
    tags: set[str] = set()


CONNECT = """
import json, os

from cassandra.cluster import Cluster


def connect():
    return Cluster(**json.loads(os.environ["OPTIONS"])).connect()
"""


@pytest.fixture
def readings(
    cluster: Found, connection_options: dict[str, Any], keyspace: str, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The environment of a command that works on a table with some thousand rows."""
    init_coodie(**connection_options, keyspace=keyspace)
    Reading.sync_table()
    for sensor in range(0 if Reading.find().limit(1).all() else PARTITIONS):
        rows = "".join(
            f"INSERT INTO reading (sensor, at, note, tags) VALUES ({sensor}, {at}, '{at or ''}', {{'b', 'a'}});"
            for at in range(EACH)
        )
        execute_raw(f"BEGIN UNLOGGED BATCH {rows} APPLY BATCH")
    close()
    (tmp_path / "patient.py").write_text(CONNECT)
    # Of a busy machine, the vendor's own limits ask too much.
    options = {"contact_points": list(cluster.hosts), "port": cluster.port, "protocol_version": 4, **PATIENT}
    yield {
        **os.environ,
        "COODIE_CONNECT": "patient:connect",
        "COODIE_KEYSPACE": keyspace,
        "OPTIONS": json.dumps(options),
    }
    (tmp_path / "patient.py").unlink()


def command(environ: dict[str, str], folder: Path, *arguments: str) -> subprocess.Popen[str]:
    program = [*PROGRAM, "export", "reading", *arguments]
    return subprocess.Popen(program, cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def rows_of(path: Path) -> list[tuple[int, int]]:
    if path.suffix == ".csv":
        with path.open(newline="") as lines:
            return sorted((int(row["sensor"]), int(row["at"])) for row in csv.DictReader(lines))
    if path.suffix == ".jsonl":
        found = [json.loads(line) for line in path.read_text().splitlines()]
    else:
        parquet: Any = pytest.importorskip("pyarrow.parquet")
        found = parquet.read_table(path).to_pylist()
    return sorted((row["sensor"], row["at"]) for row in found)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_an_export_that_is_killed_goes_on_without_a_row_lost_or_doubled(
    readings: dict[str, str], tmp_path: Path, name: str
) -> None:
    state = tmp_path / f"{name}.state.json"
    counts = [0]
    for _ in range(2):
        options = ("--rate", "1500", "--fetch-size", "50", "--checkpoint", "70", "--concurrency", "3")
        with command(readings, tmp_path, name, *options) as killed:
            wait_for(killed, lambda: rows_in(state) >= counts[-1] + 500)
            killed.send_signal(signal.SIGKILL)
        counts.append(rows_in(state))
        assert not (tmp_path / name).exists()
    assert counts[2] >= counts[1] + 500
    with command(readings, tmp_path, name, "--json") as ended:
        out, err = ended.communicate()
    told = json.loads(out)
    assert (ended.returncode, err, told["resumed"], told["rows"]) == (0, "", True, PARTITIONS * EACH)
    assert rows_of(tmp_path / name) == [(sensor, at) for sensor in range(PARTITIONS) for at in range(EACH)]
    assert [path.name for path in tmp_path.glob("rows.*")] == [name]


def wait_for(process: subprocess.Popen[str], ready: Callable[[], bool]) -> None:
    """Wait until it is ready; the process must not end before."""
    while not ready():
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            raise AssertionError(process.communicate())


def rows_in(state: Path) -> int:
    """The rows that a state says are written."""
    try:
        return int(json.loads(state.read_text())["rows"])
    except FileNotFoundError:
        return 0


def test_ctrl_c_ends_with_130_and_keeps_the_state(readings: dict[str, str], tmp_path: Path) -> None:
    options = ("--rate", "1000", "--fetch-size", "50", "--checkpoint", "70", "--concurrency", "2")
    with command(readings, tmp_path, "rows.csv", *options) as ended:
        wait_for(ended, lambda: rows_in(tmp_path / "rows.csv.state.json") >= 200)
        ended.send_signal(signal.SIGINT)
        _, err = ended.communicate()
    assert (ended.returncode, err.splitlines()[0]) == (
        130,
        "the export is not complete; the same command goes on from there",
    )
    assert rows_in(tmp_path / "rows.csv.state.json") >= 200
