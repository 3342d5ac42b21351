"""Record batches of Arrow: nothing is handed out twice or lost, and what is sent and refused."""

import sys
import tracemalloc
from typing import Annotated

import pytest

from coodie.aio import Document, arrow_batches, to_arrow
from coodie.exceptions import ConfigurationError, InvalidQueryError, Overloaded
from coodie.fields import ClusteringKey, PrimaryKey
from coodie.testing import faults

pytest.importorskip("pyarrow")


class User(Document):
    id: Annotated[int, PrimaryKey()]
    user_name: str
    plan: str = "free"


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    value: float | None = None


@pytest.fixture(scope="session")
def coodie_schema():
    return [User, Reading]


async def fill(sensors, each=4):
    for sensor in range(sensors):
        for at in range(each):
            await Reading(sensor=sensor, at=at, value=at / 2).save()


def pairs(*tables):
    return sorted((row["sensor"], row["at"]) for table in tables for row in table.to_pylist())


async def test_batches_have_so_many_rows_and_pages_are_fetched_when_they_are_needed(coodie_memory):
    await fill(5)
    with coodie_memory.listening() as sent:
        stream = arrow_batches(Reading.find().fetch_size(4), rows=6)
        assert sent == []
        found = [await stream.__anext__()]
        assert len(sent) == 2
        found += [batch async for batch in stream]
    assert [batch.num_rows for batch in found] == [6, 6, 6, 2]
    assert pairs(*found) == [(sensor, at) for sensor in range(5) for at in range(4)]
    assert [row["at"] for row in (await to_arrow(Reading.find(sensor=3).limit(3))).to_pylist()] == [3, 2, 1]


async def test_the_state_of_a_scan_covers_the_batches_so_far(coodie_memory):
    await fill(10)
    scan = Reading.scan(concurrency=2, fetch_size=3)
    stream = arrow_batches(scan, rows=7)
    found = [await stream.__anext__(), await stream.__anext__()]
    state = scan.state()
    rest = await to_arrow(Reading.scan(state=state))
    assert pairs(*found, rest) == [(sensor, at) for sensor in range(10) for at in range(4)]
    await stream.aclose()
    assert pairs(*found, await to_arrow(scan)) == pairs(*found, rest)
    assert [reading async for reading in scan] == []


async def failing(scan, recorder):
    """The batches of a scan whose sixth request fails."""
    recorder.on("select", table=Reading).forwards().times(5)
    recorder.on("select", table=Reading).raises(faults.overloaded()).times(1)
    found = []
    try:
        async for batch in arrow_batches(scan, rows=7):
            found += [batch]
    except Overloaded:
        return found
    raise AssertionError("the sixth request did not fail")


async def test_a_scan_that_fails_has_handed_out_the_batches_before(coodie_memory):
    await fill(10)
    scan = Reading.scan(concurrency=1, fetch_size=3, attempts=1)
    found = await failing(scan, coodie_memory)
    assert [batch.num_rows for batch in found] == [7, 7]
    state = scan.state()
    for rest in (Reading.scan(state=state), scan):
        assert pairs(*found, await to_arrow(rest)) == [(sensor, at) for sensor in range(10) for at in range(4)]


async def test_a_table_is_handed_out_as_a_whole_or_not_at_all(coodie_memory):
    await fill(10)
    scan = Reading.scan(concurrency=1, fetch_size=3, attempts=1)
    coodie_memory.on("select", table=Reading).forwards().times(5)
    coodie_memory.on("select", table=Reading).raises(faults.overloaded()).times(1)
    with pytest.raises(Overloaded):
        await to_arrow(scan)
    state = scan.state()
    for rest in (Reading.scan(state=state), scan):
        assert pairs(await to_arrow(rest)) == [(sensor, at) for sensor in range(10) for at in range(4)]


async def test_what_no_row_can_match_is_not_sent(coodie_recorder):
    table = await to_arrow(User.find(id__in=[]))
    assert (table.num_rows, table.schema, coodie_recorder.calls) == (0, User.arrow_schema(), [])


async def test_it_sends_what_the_query_would(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1, "user_name": "ann", "plan": "free"}])
    query = User.find(id=1).only("user_name", "plan").consistency("ONE").timeout(3)
    assert (await to_arrow(query)).to_pylist() == [{"id": 1, "user_name": "ann", "plan": "free"}]
    assert coodie_recorder.last.request == query.statement()


@pytest.mark.parametrize("wrong", [User, [1], None, "SELECT", User.raw("SELECT id FROM user")])
async def test_what_has_no_rows_is_refused(coodie_recorder, wrong):
    with pytest.raises(InvalidQueryError, match=r"a query, such as Event\.find\(\), or a scan has rows, not"):
        await to_arrow(wrong)
    with pytest.raises(InvalidQueryError, match="a scan has rows"):
        arrow_batches(wrong)


async def test_options_that_mean_nothing_and_wrong_sizes_are_refused(coodie_recorder):
    with pytest.raises(InvalidQueryError, match=r"takes no ttl\(\)"):
        await to_arrow(User.find().ttl(5))
    with pytest.raises(InvalidQueryError, match="rows= takes a positive whole number, not 0"):
        arrow_batches(User.find(), rows=0)


async def test_without_pyarrow_it_says_what_to_install(coodie_recorder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match="pip install pyarrow"):
        await to_arrow(User.find())
    with pytest.raises(ConfigurationError, match="pip install pyarrow"):
        User.arrow_schema()


async def test_it_takes_a_tenth_of_the_memory_of_documents(coodie_memory):
    await fill(50, 20)
    tracemalloc.start()
    try:
        documents = await Reading.find().warn(False).all()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    table = await to_arrow(Reading.find())
    assert table.num_rows == len(documents) == 1000
    assert table.nbytes * 10 < size
