"""Indexes that compare texts otherwise than as they are: made, and refused by name where that would matter."""

from __future__ import annotations

import pytest

from coodie.cql.message import Statement
from coodie.exceptions import RequestRejected
from coodie.testing import MemoryDriver, NotSupportedByMemoryDriver


@pytest.mark.parametrize("option", ["case_sensitive", "normalize", "ascii"])
def test_a_restriction_on_an_analysed_index_is_refused_by_name(option: str) -> None:
    memory = MemoryDriver(keyspace="ks")
    value = "false" if option == "case_sensitive" else "true"
    memory.run(f"""
        CREATE KEYSPACE ks WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}};
        CREATE TABLE t (k int PRIMARY KEY, a text, b text);
        CREATE INDEX ON t (a) USING 'sai' WITH OPTIONS = {{'{option}': '{value}'}};
        CREATE INDEX ON t (b) USING 'sai';
        INSERT INTO t (k, a, b) VALUES (1, 'x', 'x');
    """)
    for more in ("", " AND k = 1", " AND b = 'x'", " ALLOW FILTERING"):
        with pytest.raises(NotSupportedByMemoryDriver, match=option):
            memory.execute(Statement(f"SELECT k FROM t WHERE a = 'X'{more}"))
    assert [*memory.execute(Statement("SELECT a FROM t WHERE b = 'x'")).rows] == [("x",)]


def test_a_scan_of_static_columns_looks_at_its_token_although_no_row_can_match() -> None:
    memory = MemoryDriver(keyspace="ks")
    memory.run("""
        CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
        CREATE TABLE t (p int, c int, s int static, v int, PRIMARY KEY (p, c));
        CREATE INDEX ON t (v) USING 'sai';
    """)
    nothing = "FROM t WHERE token(p) >= token(?) AND c > 1 AND c <= 0 AND v = 1 ALLOW FILTERING"
    with pytest.raises(RequestRejected, match="Invalid null token value"):
        memory.execute(Statement(f"SELECT s, v {nothing}", (None,)))
    assert memory.execute(Statement(f"SELECT v {nothing}", (None,))).rows == []
