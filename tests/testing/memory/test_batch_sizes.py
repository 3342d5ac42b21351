"""What is said of large batches, through both doors. The sizes themselves are compared with a server's."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from coodie.cql.message import Batch, BatchKind, Statement
from coodie.drivers.errors import RequestRejected
from coodie.testing import Clock, MemoryDriver
from coodie.testing.memory.java_sets import hash_of_bytes, hash_of_text, in_a_set

SCHEMA = """
CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; USE ks;
CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c));
"""
INSERT = "INSERT INTO t (p, c, v) VALUES (?, ?, ?)"


@pytest.fixture
def memory() -> MemoryDriver:
    memory = MemoryDriver(clock=Clock())
    memory.run(SCHEMA)
    return memory


def batch(*rows: tuple[int, int, str], kind: BatchKind = BatchKind.LOGGED) -> Batch:
    return Batch(tuple(Statement(INSERT, row) for row in rows), kind)


LARGE = "x" * (5120 - 74 - 50 - 4)  # two rows: the first has 74 bytes and its text, the second 54


def test_a_batch_of_more_than_5_kib_has_a_warning(memory: MemoryDriver) -> None:
    fits, large = batch((1, 1, LARGE[:-24]), (2, 2, "")), batch((1, 1, LARGE), (2, 2, ""))

    async def through_the_other_door() -> Any:
        return await memory.aexecute(large)

    assert not memory.execute(fits).warnings
    (warning,) = memory.execute(large).warnings
    assert trio.run(through_the_other_door).warnings == (warning,)
    assert warning.startswith("Batch for [ks.t] is of size ")
    assert len(memory.rows("t")) == 2


def test_the_warning_tells_the_size(memory: MemoryDriver) -> None:
    memory.log_values = True
    (warning,) = memory.execute(batch((1, 1, "x" * 5000), (2, 2, "y"))).warnings
    assert warning == "Batch for [ks.t] is of size 5149, exceeding specified threshold of 5120 by 29."


def test_a_batch_of_more_than_50_kib_writes_nothing(memory: MemoryDriver) -> None:
    with pytest.raises(RequestRejected, match="Batch too large"):
        memory.execute(batch((1, 1, "x" * 51_200), (2, 2, "")))
    assert memory.rows("t") == []


def test_batches_of_one_partition_may_have_any_size(memory: MemoryDriver) -> None:
    assert not memory.execute(batch(*((1, each, "x" * 60_000) for each in range(3)))).warnings


def test_an_unlogged_batch_over_many_partitions_has_a_warning(memory: MemoryDriver) -> None:
    rows = [(each, 1, "") for each in range(11)]
    (warning,) = memory.execute(batch(*rows, kind=BatchKind.UNLOGGED)).warnings
    assert "covering 11 partitions" in warning
    assert not memory.execute(batch(*rows)).warnings
    assert not memory.execute(batch(*rows[1:], kind=BatchKind.UNLOGGED)).warnings


def test_the_sizes_are_settings_which_a_fork_keeps() -> None:
    memory = MemoryDriver(batch_size_warn_threshold=64 * 1024, batch_size_fail_threshold=640 * 1024)
    memory.run(SCHEMA)
    for each in (memory, memory.fork()):
        assert not each.execute(batch((1, 1, "x" * 60_000), (2, 2, ""))).warnings
        assert each.execute(batch((1, 1, "x" * 70_000), (2, 2, ""))).warnings


@pytest.mark.parametrize("size", ["5 KiB", 0.5, True])
def test_a_size_is_a_number_of_bytes(size: Any) -> None:
    with pytest.raises(TypeError, match="batch_size_warn_threshold"):
        MemoryDriver(batch_size_warn_threshold=size)


def test_tables_are_told_in_the_order_of_a_set_of_the_server() -> None:
    seen = "posts zz d users c by_name b a k3 e k2".split()  # by a server, of tables in the keyspace bsz
    given = ["a", "b", "c", "d", "e", "zz", "users", "posts", "by_name", "k2", "k3"]
    keys = in_a_set([each.to_bytes(4, "big") for each in range(len(given))], hash_of_bytes)
    tables = [f"bsz.{given[int.from_bytes(key, 'big')]}" for key in keys]
    assert in_a_set(tables, hash_of_text) == [f"bsz.{each}" for each in seen]
