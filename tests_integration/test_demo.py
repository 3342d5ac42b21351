"""The demo runs to its end, shows what it promises, and leaves nothing on the cluster."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from cassandra.cluster import Session

from .server import Found

ROOT = Path(__file__).parent.parent


def demo(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "COODIE_HOSTS"}
    return subprocess.run(
        [sys.executable, *command, "-W", "error", "docs/examples/demo.py"],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def shows_what_it_promises(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stderr) == (0, "")
    for shown in (
        "    CREATE TABLE IF NOT EXISTS",
        "    BEGIN BATCH\n      INSERT INTO",
        "    BEGIN UNLOGGED BATCH\n",
        "    BEGIN COUNTER BATCH\n",
        "written: True\n",
        "written: False - the name belongs to name='ann'",
        "statement 2 cannot be in this batch: it changes a counter",
        "/shop was seen 2 times",
    ):
        assert shown in done.stdout
    assert re.findall(r"^\d\d:\d\d:\d\d  (.*)$", done.stdout, re.MULTILINE) == [
        *("view help", "view shop", "view home", "payment")
    ]


def keyspaces(session: Session) -> set[str]:
    return {row.keyspace_name for row in session.execute("SELECT keyspace_name FROM system_schema.keyspaces")}


def test_the_demo_on_a_cluster(cluster: Found, session: Session) -> None:
    before = keyspaces(session)
    done = demo(COODIE_HOSTS=",".join(f"{host}:{cluster.port}" for host in cluster.hosts))
    assert re.match(r"Cassandra at .* \(from COODIE_HOSTS\)\n", done.stdout)
    shows_what_it_promises(done)
    assert keyspaces(session) == before


def test_the_demo_in_memory_needs_no_jdk(tmp_path: Path) -> None:
    done = demo(PATH=str(tmp_path))
    assert done.stdout.startswith("Cassandra in memory")
    shows_what_it_promises(done)


def test_where_no_server_can_be_had_its_starter_says_what_to_install(tmp_path: Path) -> None:
    starter = ("-m", "tests_integration.server", "--", sys.executable)
    done = demo(*starter, PATH=str(tmp_path), COODIE_CACHE=str(tmp_path))
    assert done.returncode == 1
    assert re.search(r"\Ano Cassandra: .*install.*\n\Z", done.stderr)


def test_where_nobody_listens_the_demo_says_so(closed_port: int) -> None:
    done = demo(COODIE_HOSTS=f"127.0.0.1:{closed_port}")
    assert done.returncode == 1
    assert done.stderr.startswith(f"The demo cannot continue: no connection to ['127.0.0.1:{closed_port}']")
    assert "Traceback" not in done.stderr
