"""``coodie import`` on a real cluster, killed in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from random_values import NATIVES, or_null

from coodie import sync
from coodie.cli.app import run
from coodie.cql.types import NATIVE, Udt, parse_type

from .conftest import Look
from .server import Found

COUNT = 6000
WRONG = 500  # each row of a number that this divides has no number


@pytest.fixture
def file(cluster: Found, keyspace: str, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of rows, beside settings that name the cluster and a keyspace with their table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COODIE_HOSTS", ",".join(f"{host}:{cluster.port}" for host in cluster.hosts))
    monkeypatch.setenv("COODIE_KEYSPACE", keyspace)
    for name in ("USERNAME", "PASSWORD", "CONNECT", "ENV", "DATACENTERS", "MIGRATIONS", "MODELS"):
        monkeypatch.delenv(f"COODIE_{name}", raising=False)
    look("CREATE TABLE IF NOT EXISTS {}.imported (id int PRIMARY KEY, name text)")
    lines = (f"{'x' if number % WRONG == 0 else number},name {number}\r\n" for number in range(1, COUNT + 1))
    path = tmp_path / "rows.csv"
    path.write_text("id,name\r\n" + "".join(lines), newline="")
    return path


def settled(path: Path) -> int:
    state = path.with_name("rows.csv.state.json")
    return int(json.loads(state.read_text())["settled"]) if state.exists() else 0


def test_an_import_that_is_killed_goes_on_without_a_row_lost_or_doubled(
    file: Path, look: Look, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "coodie", "import", "imported", file.name, "--concurrency", "20"]
    for goal in (1000, 3000):
        with subprocess.Popen([*command, "--rate", "2000"], env=dict(os.environ), stdout=subprocess.DEVNULL) as process:
            try:
                deadline = time.monotonic() + 300
                while settled(file) < goal:
                    assert process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
            finally:
                process.kill()
    assert run(["import", "imported", file.name, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["begun"] >= 3000
    assert told["refused"] == COUNT // WRONG
    expected = [(number, f"name {number}") for number in range(1, COUNT + 1) if number % WRONG]
    assert sorted(look("SELECT id, name FROM {}.imported")) == expected
    refused = [json.loads(line) for line in file.with_name("rows.csv.refused.jsonl").read_text().split("\n")[:-1]]
    assert [each["row"] for each in refused] == list(range(WRONG, COUNT + 1, WRONG))
    assert not file.with_name("rows.csv.state.json").exists()


TYPES = [
    *(name for name in NATIVES if name != "counter"),
    *("list<int>", "set<text>", "map<text, int>", "map<int, frozen<set<uuid>>>", "frozen<map<timestamp, text>>"),
    *("set<frozen<tuple<int, text>>>", "frozen<tuple<int, frozen<list<text>>>>", "vector<float, 3>"),
    *("list<frozen<trip>>", "frozen<trip>", "map<inet, frozen<list<decimal>>>"),
]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_type_goes_through_a_file_and_back(
    file: Path, look: Look, connection_options: dict[str, Any], keyspace: str, suffix: str
) -> None:
    trip = Udt("trip", (("place", NATIVE["text"]), ("at", NATIVE["timestamp"])))
    random, names = Random(7), [f"c{place}" for place in range(len(TYPES))]
    look("CREATE TYPE IF NOT EXISTS {}.trip (place text, at timestamp)")
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, TYPES, strict=True))
    for table in ("everything", f"copy_{suffix}"):
        look(f"CREATE TABLE IF NOT EXISTS {{}}.{table} (id int PRIMARY KEY, {columns})")
    # The commands have the default connection for themselves, and close it.
    sync.init_coodie(**connection_options, keyspace=keyspace, name="test")
    try:
        text = f"INSERT INTO everything (id, {', '.join(names)}) VALUES ({', '.join('?' * (len(names) + 1))})"
        for number in range(40):
            values = [or_null(random, parse_type(kind, {"trip": trip})) for kind in TYPES]
            sync.execute_raw(text, [number, *values], connection="test")
        path = f"everything.{suffix}"
        assert run(["export", "everything", path]) == 0
        assert run(["import", f"copy_{suffix}", path]) == 0
        found, copied = (
            {row.pop("id"): row for row in sync.execute_raw(f"SELECT * FROM {table}", connection="test")}
            for table in ("everything", f"copy_{suffix}")
        )
    finally:
        sync.close("test")
    assert len(found) == 40
    assert {key: repr(row) for key, row in copied.items()} == {key: repr(row) for key, row in found.items()}
