"""An engine with a few tables, and the vendor's own session on it, where the vendor's driver is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from coodie.testing.memory.driver import MemoryDriver

if find_spec("cassandra") is None:
    collect_ignore = ["test_concurrency.py", "test_cqlengine.py", "test_marks.py", "test_port.py", "test_session.py"]

DDL = """
CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TYPE ks.address (street text, number int);
CREATE TABLE ks.t (p int, c int, v text, PRIMARY KEY (p, c));
CREATE TABLE ks.n (p int PRIMARY KEY, hits counter);
CREATE TABLE ks.rich (p int PRIMARY KEY, l list<int>, m map<text, int>, s set<text>, a frozen<address>,
    t tuple<int, text>, v vector<float, 2>, d date, ti time, ts timestamp, du duration, u uuid, de decimal);
"""


@pytest.fixture
def memory() -> Iterator[MemoryDriver]:
    made = MemoryDriver()
    made.run(DDL)
    yield made
    made.close()


@pytest.fixture
def session(memory: MemoryDriver) -> Any:
    return memory.session("ks")
