"""Queries on a real cluster: every row over all pages, one text for each shape, and nothing sent that needs no trip."""

from __future__ import annotations

from uuid import uuid4

import pytest

from coodie import InvalidQueryError
from coodie.aio import AsyncBatchQuery, execute_raw
from coodie.cql_builder import build_batch

from .models import Reading

SENSORS, ROWS, PAGE = ("a", "b", "c"), 2500, 500
FULL: set[str] = set()


@pytest.fixture(autouse=True)
async def table(connection, keyspace):
    """7,500 rows in three partitions, written once for the module."""
    await Reading.sync_table()
    if keyspace not in FULL:
        for sensor in SENSORS:
            for start in range(0, ROWS, 250):
                async with AsyncBatchQuery(logged=False, warn_statements=None, warn_bytes=None) as batch:
                    for number in range(start, start + 250):
                        await Reading(sensor=sensor, number=number, value=number / 2).save(batch=batch)
        FULL.add(keyspace)


def everything():
    return sorted((sensor, number, number / 2) for sensor in SENSORS for number in range(ROWS))


def plain(readings):
    return sorted((reading.sensor, reading.number, reading.value) for reading in readings)


async def test_all_gives_every_row_of_every_page(spy):
    found = await Reading.find().fetch_size(PAGE).all()
    assert plain(found) == everything()
    assert len(spy.calls) == 15 + (spy.calls[-1].page.rows == [])
    assert all(len(call.page.rows) <= PAGE for call in spy.calls)


async def test_iteration_gives_every_row_and_fetches_a_page_when_it_is_needed(spy):
    found, trips = [], set()
    async for reading in Reading.find().fetch_size(PAGE):
        found.append(reading)
        trips.add((len(found) - 1) // PAGE + 1 == len(spy.calls))
    assert plain(found) == everything()
    assert trips == {True}


async def test_pages_by_hand_with_the_state(spy):
    found, state, pages = [], None, 0
    while True:
        result = await Reading.find().fetch_size(PAGE).page(state).paged_all()
        found += result.data
        pages += 1
        state = result.paging_state
        if state is None:
            break
        assert isinstance(state, bytes)
    assert plain(found) == everything()
    assert len(spy.calls) == pages
    assert pages in (15, 16)


async def test_a_state_resumes_in_another_place():
    first = await Reading.find(sensor="a").fetch_size(10).paged_all()
    again = await Reading.find(sensor="a").fetch_size(20).page(first.paging_state).paged_all()
    assert [reading.number for reading in (*first, *again)] == list(range(30))
    assert [reading.number async for reading in Reading.find(sensor="a").page(first.paging_state)] == list(
        range(10, ROWS)
    )


async def test_two_interleaved_queries_do_not_disturb_each_other():
    up = aiter(Reading.find(sensor="a").fetch_size(PAGE))
    down = aiter(Reading.find(sensor="b").order_by("-number").fetch_size(PAGE - 1))
    for number in range(ROWS):
        one, other = await anext(up), await anext(down)
        assert (one.sensor, one.number) == ("a", number)
        assert (other.sensor, other.number) == ("b", ROWS - 1 - number)
    assert await anext(up, None) is None
    assert await anext(down, None) is None


async def test_one_query_may_be_run_again():
    query = Reading.find(sensor="a").limit(700).fetch_size(PAGE)
    assert [len(await query.all()), len([row async for row in query]), len(await query.all())] == [700, 700, 700]


async def test_raw_statements_give_all_pages_too(spy, keyspace):
    rows = await execute_raw(f"SELECT sensor, number, value FROM {keyspace}.readings", fetch_size=PAGE)
    assert sorted((row["sensor"], row["number"], row["value"]) for row in rows) == everything()
    assert len(spy.calls) >= 15


async def test_lookups():
    a = Reading.find(sensor="a")
    assert [row.number for row in await a.filter(number__gte=10, number__lt=13).all()] == [10, 11, 12]
    assert [row.number for row in await a.filter(number__gt=10).limit(2).all()] == [11, 12]
    assert [row.number for row in await a.order_by("-number").limit(2).all()] == [ROWS - 1, ROWS - 2]
    assert [row.number for row in await a.filter(value=3.0).allow_filtering().all()] == [6]
    assert (await a.first()).number == 0
    assert await a.filter(number__lte=9).count() == 10
    first = await Reading.find().per_partition_limit(1).all()
    assert sorted((row.sensor, row.number) for row in first) == [("a", 0), ("b", 0), ("c", 0)]


async def test_tokens_walk_over_all_partitions():
    found, last = [], None
    while True:
        query = Reading.find() if last is None else Reading.find(sensor__token__gt=last)
        rows = await query.per_partition_limit(1).limit(1).all()
        if not rows:
            break
        last = rows[0].sensor
        found.append(last)
    assert sorted(found) == ["a", "b", "c"]
    assert len(found) == 3


async def test_in_is_one_list_and_one_text(spy):
    texts = set()
    for count in range(1, 20):
        found = await Reading.find(sensor="a", number__in=list(range(count))).all()
        assert [row.number for row in found] == list(range(count))
        texts.add(spy.last.cql)
        assert spy.last.values[-1] == list(range(count))
    assert len(texts) == 1
    assert " IN ?" in texts.pop()


async def test_an_empty_in_needs_no_trip(spy):
    query = Reading.find(sensor="a", number__in=[])
    assert (await query.all(), await query.first(), await query.count()) == ([], None, 0)
    assert [row async for row in query] == []
    assert (await query.paged_all()).data == []
    assert spy.calls == []


@pytest.mark.parametrize(
    "where",
    [{"sensor__in": "abc"}, {"number__in": 5}, {"number": "x"}, {"nr": 1}, {"number__almost": 1}, {"value": None}],
)
async def test_a_filter_that_makes_no_sense_is_refused_before_anything_is_sent(spy, where):
    with pytest.raises(InvalidQueryError, match=r"Reading|number|sensor|value"):
        await Reading.find(**where).all()
    assert spy.calls == []


async def test_a_query_has_no_length_and_no_truth_value_that_asks(spy):
    query = Reading.find(sensor="a")
    assert not hasattr(query, "__len__")
    assert bool(query) is True
    assert spy.calls == []


async def test_a_column_added_in_between_shifts_nothing(session, keyspace):
    sensor = str(uuid4())
    await Reading(sensor=sensor, number=1, unit="K", value=2.5).save()
    before = await Reading.get(sensor=sensor, number=1)
    session.execute(f"ALTER TABLE {keyspace}.readings ADD aaa int")
    session.execute(f"UPDATE {keyspace}.readings SET aaa = 7 WHERE sensor = %s AND number = 1", [sensor])
    assert await Reading.get(sensor=sensor, number=1) == before
    rows = await execute_raw(f"SELECT * FROM {keyspace}.readings WHERE sensor = ?", [sensor])
    assert [(row["aaa"], row["value"], row["unit"]) for row in rows] == [(7, 2.5, "K")]
    session.execute(f"ALTER TABLE {keyspace}.readings DROP aaa")
    rows = await execute_raw(f"SELECT * FROM {keyspace}.readings WHERE sensor = ?", [sensor])
    assert rows == [{"sensor": sensor, "number": 1, "unit": "K", "value": 2.5}]
    await Reading.find(sensor=sensor).delete()


async def test_values_of_raw_statements_go_by_name(keyspace):
    sensor = str(uuid4())
    into = f"INSERT INTO {keyspace}.readings (sensor, number, value, unit) VALUES (:Sensor, :number, :number, :unit)"
    async with AsyncBatchQuery() as batch:
        for number in range(3):
            batch.add(into, {"unit": ":no", "number": number, "Sensor": sensor})
    where = "WHERE sensor = :s AND number IN :numbers /* :no */ LIMIT :most"
    values = {"most": 5, "numbers": [0, 2], "s": sensor}
    assert [each.value for each in await Reading.raw(f"SELECT * FROM {keyspace}.readings {where}", values).all()] == [
        0,
        2,
    ]
    rows = await execute_raw(f"SELECT number, unit FROM {keyspace}.readings {where}", values)
    assert rows == [{"number": 0, "unit": ":no"}, {"number": 2, "unit": ":no"}]
    deletion = (f"DELETE FROM {keyspace}.readings WHERE sensor = :s", {"s": sensor})
    text, bound = build_batch([deletion], timestamp=1)
    await execute_raw(text, bound)
    assert len(await Reading.find(sensor=sensor).all()) == 3, "the deletion is older than the rows"
    await Reading.find(sensor=sensor).delete()


async def test_deleting_a_range_and_a_partition():
    sensor = str(uuid4())
    for number in range(10):
        await Reading(sensor=sensor, number=number).save()
    await Reading.find(sensor=sensor, number__gte=2, number__lt=9).delete()
    assert [row.number async for row in Reading.find(sensor=sensor)] == [0, 1, 9]
    await Reading.find(sensor=sensor).delete()
    assert await Reading.find(sensor=sensor).all() == []
