"""What the adapter does when types of a text changed on the server, or a node no longer knows what was prepared."""

from __future__ import annotations

from typing import Any

import pytest
from cassandra import cqltypes as vendor
from drivers.fake_session import INSERT, insert

from coodie.cql.message import Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import (
    CoodieError,
    SchemaDisagreement,
)


def test_a_value_that_fits_since_the_table_was_made_anew(session: Any, driver: CassandraDriver) -> None:
    driver.execute(insert(1, "a"))
    session.types[INSERT] = {"id": vendor.UTF8Type, "name": vendor.UTF8Type}
    driver.execute(insert("one", "a"))
    assert [*session.sent[1].values] == [b"one", b"a"]
    assert len(session.prepared) == 2


def test_ddl_makes_the_next_call_prepare_anew(session: Any, driver: CassandraDriver) -> None:
    driver.execute(insert())
    driver.execute(Statement("DROP TABLE shop.events", kind=Kind.SCHEMA))
    driver.execute(insert())
    assert len(session.prepared) == 2


def test_a_rejected_statement_is_prepared_anew_next_time(session: Any, driver: CassandraDriver, answer: Any) -> None:
    from cassandra import InvalidRequest

    session.answers.append(answer(error=InvalidRequest("Expected 8 or 0 byte long (4)")))
    with pytest.raises(CoodieError):
        driver.execute(insert())
    driver.execute(insert())
    assert len(session.prepared) == 2


def test_use_makes_an_unqualified_text_another_statement(session: Any, driver: CassandraDriver) -> None:
    session.types["SELECT id FROM t WHERE id = ?"] = {"id": vendor.Int32Type}
    for keyspace in ("one", "one", "two"):
        session.keyspace = keyspace
        driver.execute(Statement("SELECT id FROM t WHERE id = ?", (1,), kind=Kind.READ))
    assert len(session.prepared) == 2


def other_types(session: Any, times: int, answer: Any) -> None:
    """Let a server say other types of the text than were prepared, as often as that."""
    from cassandra.connection import ConnectionException

    def said(query: Any) -> None:
        query.prepared.stale = True
        session.types[INSERT] = {"id": vendor.LongType, "name": vendor.UTF8Type}

    error = ConnectionException("Got unexpected response when preparing statement on host a: ...")
    session.answers.extend(answer(error=error, before=said) for _ in range(times))


@pytest.mark.parametrize("times", [1, 2])
async def test_types_that_changed_under_way_are_prepared_anew_and_sent_again(
    session: Any, driver: CassandraDriver, answer: Any, times: int
) -> None:
    other_types(session, times, answer)
    driver.execute(insert(1, "a"))
    assert [next(iter(query.values)) for query in session.sent] == [
        vendor.int32_pack(1),
        *[vendor.int64_pack(1)] * times,
    ]
    other_types(session, times, answer)
    await driver.aexecute(insert(1, "a"))
    assert len(session.sent) == 2 * (times + 1)


async def test_rule_33_what_is_prepared_anew_more_than_twice_is_an_error(
    session: Any, driver: CassandraDriver, answer: Any
) -> None:
    other_types(session, 1000, answer)
    with pytest.raises(
        SchemaDisagreement, match=r"3 times a node reported other types.*nothing was carried out"
    ) as caught:
        driver.execute(insert(1, "a"))
    assert caught.value.request == insert(1, "a")
    with pytest.raises(SchemaDisagreement):
        await driver.aexecute(insert(1, "a"))
    assert len(session.prepared) == len(session.sent) == 6
