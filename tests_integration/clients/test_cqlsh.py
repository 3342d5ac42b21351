"""cqlsh, as it is in the package index: it connects, describes, pages, and copies a table out of and into CSV files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..server import Found  # noqa: TID252 - the checkout's root is not on the path

CQLSH = shutil.which("cqlsh", path=Path(sys.executable).parent)


def shell(cluster: Found, home: Path, cql: str) -> str:
    """What cqlsh says to a script."""
    if CQLSH is None:
        pytest.skip("cqlsh is not installed; `tox -e clients` has it")
    done = subprocess.run(
        [CQLSH, "--no-color", "--request-timeout", "60", cluster.hosts[0], str(cluster.port), "-e", cql],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_table_is_described_and_paged(cluster: Found, keyspace: str, tmp_path: Path) -> None:
    said = shell(
        cluster,
        tmp_path,
        f"CREATE TABLE {keyspace}.shelf (p int, c int, v text, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC);"
        f"CREATE INDEX by_text ON {keyspace}.shelf (v);"
        + "".join(f"INSERT INTO {keyspace}.shelf (p, c, v) VALUES (1, {c}, 'it''s {c}');" for c in range(5))
        + f"PAGING 2; SELECT c, v FROM {keyspace}.shelf; DESCRIBE TABLE {keyspace}.shelf; DESCRIBE KEYSPACES",
    )
    assert "Page size: 2" in said
    assert [line.split("|")[1].strip() for line in said.splitlines() if "| " in line][1:] == [
        f"it's {c}" for c in (4, 3, 2, 1, 0)
    ]
    assert "(5 rows)" in said
    assert f"CREATE TABLE {keyspace}.shelf (\n    p int,\n    c int,\n    v text,\n    PRIMARY KEY (p, c)\n" in said
    assert "WITH CLUSTERING ORDER BY (c DESC)" in said
    assert f"CREATE INDEX by_text ON {keyspace}.shelf (v);" in said
    assert "system_schema" in said


def test_a_table_is_copied_out_and_in(cluster: Found, keyspace: str, tmp_path: Path) -> None:
    given, taken = tmp_path / "given.csv", tmp_path / "taken.csv"
    lines = [f'{number},"a, {number}",{number}.5' for number in range(300)]
    given.write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = shell(
        cluster,
        tmp_path,
        f"CREATE TABLE {keyspace}.goods (id int PRIMARY KEY, name text, price decimal);"
        f"COPY {keyspace}.goods (id, name, price) FROM '{given}'; COPY {keyspace}.goods (id, name, price) TO '{taken}'",
    )
    assert "300 rows imported from 1 files" in said
    assert "300 rows exported to 1 files" in said
    assert sorted(taken.read_text(encoding="utf-8").splitlines()) == sorted(lines)
