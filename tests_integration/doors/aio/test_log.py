"""The logger ``coodie`` on a real cluster: a line for each trip, and the server's warnings without values."""

from __future__ import annotations

import logging
import re
from typing import Annotated

import pytest

from coodie import ClusteringKey, PrimaryKey, RequestRejected
from coodie.aio import AsyncBatchQuery, Document, close, execute_raw, init_coodie

SECRET = "topsecret"


class Line(Document):
    text: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]

    class Settings:
        name = "lines"


@pytest.fixture
async def connect(session, keyspace):
    async def connect(**options):
        await init_coodie(session=session, keyspace=keyspace, **options)
        await Line.sync_table()

    yield connect
    await close()


@pytest.fixture
def lines(caplog):
    """The lines so far, without those of other loggers, and with the time of a trip left out."""
    caplog.set_level(logging.DEBUG, "coodie")

    def lines(level=logging.DEBUG):
        found = [record for record in caplog.records if record.name == "coodie" and record.levelno == level]
        messages = [record.getMessage() for record in found]
        caplog.clear()
        assert SECRET not in "".join(messages)
        return [re.sub(r", \d+\.\d ms", "", message) for message in messages]

    return lines


async def test_each_trip_is_a_line_with_the_node_that_answered(connect, lines, cluster, keyspace):
    await connect()
    await Line.drop_table()
    await Line.sync_table()
    sent = "\n".join(lines())
    assert f": DROP TABLE IF EXISTS {keyspace}.lines" in sent
    assert f": CREATE TABLE IF NOT EXISTS {keyspace}.lines" in sent
    await Line(text=SECRET, number=1).save()
    await Line(text=SECRET, number=2).insert()
    async with AsyncBatchQuery() as batch:
        await Line(text=SECRET, number=3).save(batch=batch)
    assert len([line async for line in Line.find(text=SECRET).fetch_size(2)]) == 3
    with pytest.raises(RequestRejected):
        await execute_raw("SELECT nothing FROM lines WHERE text = ?", [SECRET])
    nodes = "|".join(rf"{re.escape(host)}:{cluster.port}" for host in cluster.hosts)
    insert = f"INSERT INTO {keyspace}.lines (text, number) VALUES (?, ?)"
    select = f"SELECT text, number FROM {keyspace}.lines WHERE text = ?"
    assert [re.sub(nodes, "NODE", line) for line in lines()] == [
        f"0 rows, NODE: {insert}",
        f"1 row, NODE: {insert} IF NOT EXISTS",
        f"0 rows, NODE: batch of 1 statement: {insert}",
        f"2 rows, NODE: {select}",
        f"1 row, page 2, NODE: {select}",
        "RequestRejected: SELECT nothing FROM lines WHERE text = ?",
    ]


async def test_a_slow_trip_is_a_warning(connect, lines, keyspace):
    await connect(slow=0.000001)
    lines()
    await Line.find(text=SECRET).all()
    (line,) = lines(logging.WARNING)
    assert line.startswith("slow: ")
    assert line.endswith(f": SELECT text, number FROM {keyspace}.lines WHERE text = ?")


async def test_what_the_server_says_of_a_batch_is_a_warning(connect, lines, keyspace):
    await connect()
    batch = AsyncBatchQuery(batch_type="UNLOGGED", warn_partitions=None)
    for number in range(30):
        await Line(text=f"{SECRET}{number}", number=number).save(batch=batch)
    await batch.execute()
    (line,) = lines(logging.WARNING)
    assert line.startswith(f"server warning: Unlogged batch covering 30 partitions detected against table [{keyspace}.")


@pytest.mark.needs_server("the engine does not count tombstones")
async def test_what_it_says_of_tombstones_has_no_value(connect, lines, keyspace):
    """There it repeats the statement, with the values written in."""
    await connect()
    for start in range(0, 1200, 400):  # more than tombstone_warn_threshold, which is 1,000
        async with AsyncBatchQuery(warn_statements=None, warn_bytes=None) as batch:
            for number in range(start, start + 400):
                await Line.find(text=SECRET + "s", number=number).delete(batch=batch)
    lines()
    assert await Line.find(text=SECRET + "s").all() == []
    (line,) = lines(logging.WARNING)
    assert re.fullmatch(
        r"server warning: Read 0 live rows and \d+ tombstone cells for query \.\.\. \(see tombstone_warn_threshold\): "
        rf"SELECT text, number FROM {keyspace}\.lines WHERE text = \?",
        line,
    )
