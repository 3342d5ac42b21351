"""Changes of the schema: by one node, in a time of their own, and done when all nodes agree."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cassandra import cqltypes as vendor
from drivers.fake_session import insert

from coodie.cql.message import DEFAULTS, Kind, Options, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.exceptions import SchemaDisagreement


class Host:
    def __init__(self, host_id: UUID, is_up: bool = True) -> None:
        self.host_id, self.is_up = host_id, is_up


def ddl(options: Options = DEFAULTS) -> Statement:
    return Statement("CREATE TABLE shop.t (id int PRIMARY KEY)", kind=Kind.SCHEMA, options=options)


@pytest.fixture
def disagreeing(session: Any) -> Any:
    """A session of three nodes, one of which is down, and another has not heard of the last change."""
    hosts = [Host(UUID(int=number), is_up=number != 3) for number in (1, 2, 3)]
    session.cluster.hosts = hosts
    session.peers = [(hosts[1].host_id, 0), (hosts[2].host_id, -1), (UUID(int=9), -1)]
    return session


def test_ddl_waits_for_agreement_and_says_when_there_is_none(disagreeing: Any, answer: Any) -> None:
    driver = CassandraDriver(disagreeing, schema_timeout=0.001)
    driver.execute(ddl())
    disagreeing.answers.append(answer(agreed=False))
    with pytest.raises(SchemaDisagreement, match="did not agree") as caught:
        driver.execute(ddl())
    assert caught.value.request == ddl()


async def test_ddl_in_the_async_door_too(disagreeing: Any, answer: Any) -> None:
    driver = CassandraDriver(disagreeing, schema_timeout=0.001)
    await driver.aexecute(ddl())
    disagreeing.answers.append(answer(agreed=False))
    with pytest.raises(SchemaDisagreement):
        await driver.aexecute(ddl())


def test_nodes_that_are_down_or_gone_are_not_waited_for(disagreeing: Any, answer: Any) -> None:
    driver = CassandraDriver(disagreeing)
    disagreeing.peers[0] = (UUID(int=2), 1)
    disagreeing.answers.append(answer(agreed=False))
    driver.execute(ddl())


def test_ddl_has_a_timeout_of_its_own_and_so_have_questions_about_the_schema(session: Any, answer: Any) -> None:
    driver = CassandraDriver(session)
    asked = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?"
    session.types[asked] = {"keyspace_name": vendor.UTF8Type}
    question = Statement(asked, ("shop",), kind=Kind.READ)
    for request in (ddl(), question, question):
        driver.execute(request)
    first, *rest = [options["timeout"] for options in session.options]
    assert first == rest[1] == 120
    assert 100 < rest[0] < 120, "the time that it took to prepare it counts"
    driver = CassandraDriver(session, schema_timeout=300)
    for request in (ddl(), ddl(Options(timeout=5))):
        driver.execute(request)
    assert [options["timeout"] for options in session.options[3:]] == [300, 5]


def test_agreement_is_waited_for_where_the_vendor_gave_up(session: Any, driver: CassandraDriver, answer: Any) -> None:
    session.hosts = [Host(UUID(int=2)), Host(UUID(int=1))]
    for options in (DEFAULTS, Options(timeout=60)):
        session.answers.append(answer(agreed=False))
        driver.execute(ddl(options))
    own, others, *again = session.looks
    assert own["host"] is others["host"] is session.hosts[1], "the one that all changes go to"
    assert 60 < own["timeout"] <= 120
    assert all(0 < look["timeout"] <= 60 for look in again)


def test_what_another_client_did_a_moment_ago_is_waited_for_as_well(session: Any, driver: CassandraDriver) -> None:
    driver.execute(Statement("create table if not exists shop.t (id int PRIMARY KEY)", kind=Kind.SCHEMA))
    assert len(session.looks) == 2
    driver.execute(ddl())
    driver.execute(Statement("TRUNCATE TABLE shop.t", kind=Kind.SCHEMA))
    assert len(session.looks) == 2


def test_a_cluster_that_shall_not_wait_for_agreement_does_not(session: Any, driver: CassandraDriver) -> None:
    session.cluster.max_schema_agreement_wait = 0
    driver.execute(Statement("DROP TABLE IF EXISTS shop.t", kind=Kind.SCHEMA))
    assert session.looks == []


def test_asking_for_agreement_may_fail_and_is_tried_again(session: Any, answer: Any) -> None:
    asked = 0

    def fail() -> Any:
        nonlocal asked
        asked += 1
        return answer(["host_id", "schema_version"], []) if asked == 2 else answer(error=OSError("lost"))

    session.schema["SELECT host_id, schema_version FROM system.peers"] = fail
    session.answers.extend([answer(agreed=False), answer(agreed=False)])
    CassandraDriver(session).execute(ddl())
    with pytest.raises(SchemaDisagreement) as caught:
        CassandraDriver(session, schema_timeout=0.001).execute(ddl())
    assert isinstance(caught.value.__cause__, OSError)


def test_the_schema_goes_by_one_node_that_is_up(session: Any, driver: CassandraDriver) -> None:
    session.hosts = [Host(UUID(int=3)), Host(UUID(int=1), is_up=False), Host(UUID(int=2))]
    driver.execute(Statement("CREATE TABLE t (id int PRIMARY KEY)", kind=Kind.SCHEMA))
    driver.execute(Statement("SELECT type FROM system_schema.columns", kind=Kind.READ))
    driver.execute(insert())
    assert [passed["host"] for passed in session.options] == [session.hosts[2], session.hosts[2], None]
