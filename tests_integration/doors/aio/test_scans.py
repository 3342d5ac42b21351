"""On a real cluster: whole tables by ranges of tokens, killed and resumed, with rows that do not fit; and many keys."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from coodie import ClusteringKey, DecodeError, Indexed, PrimaryKey, Static
from coodie.aio import Document, MaterializedView, execute_raw, get_many, read_split

SENSORS = 300
EACH = 5


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    room: Annotated[str | None, Static()] = None
    value: int | None = None


class Strict(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    value: int

    class Settings:
        name = "reading"


class Pair(Document):
    a: Annotated[UUID, PrimaryKey()]
    token: Annotated[str, PrimaryKey()]
    v: Annotated[int, Indexed(using="sai")] = 0


class PairByV(MaterializedView):
    v: Annotated[int, PrimaryKey()]
    a: Annotated[UUID, ClusteringKey()]
    token: Annotated[str, ClusteringKey()]

    class Settings:
        base_table = Pair


async def filled() -> list[tuple[int, int]]:
    await Reading.sync_table()
    await Reading.truncate()
    for sensor in range(SENSORS):
        rows = "".join(f"INSERT INTO reading (sensor, at, value) VALUES ({sensor}, {at}, {at});" for at in range(EACH))
        await execute_raw(f"BEGIN UNLOGGED BATCH {rows} APPLY BATCH")
    return [(sensor, at) for sensor in range(SENSORS) for at in range(EACH)]


def keys(found: list[Any]) -> list[tuple[int, int]]:
    return sorted((each.sensor, each.at) for each in found)


async def read(scan: Any, most: int | None = None) -> list[Any]:
    found: list[Any] = []
    async for document in scan:
        found.append(document)
        if len(found) == most:
            break
    return found


@pytest.mark.parametrize("concurrency", [1, 8, 32])
async def test_each_row_once_while_other_rows_are_written(connection: None, concurrency: int) -> None:
    wanted = await filled()
    found: list[Any] = []
    async for reading in Reading.scan(concurrency=concurrency, fetch_size=40):
        found.append(reading)
        if len(found) % 3 == 0:
            await Reading(sensor=5000 + len(found), at=0).save()
            await Reading(sensor=len(found) % SENSORS, at=100 + len(found)).save()
            await Reading(sensor=reading.sensor, at=reading.at, value=-1).save()
    seen = keys(found)
    assert len(seen) == len(set(seen))
    assert set(wanted) <= set(seen)


async def test_resumed_in_the_middle_of_pages_while_rows_come_and_go(connection: None) -> None:
    wanted = await filled()
    state, found = None, []
    for turn in range(12):
        scan = Reading.scan(concurrency=4, fetch_size=50, state=state)
        found += await read(scan, 77)
        state = scan.state()
        for sensor in range(0, SENSORS, 10):
            await Reading(sensor=sensor, at=1000 + turn).save()
    found += await read(Reading.scan(concurrency=8, state=state))
    seen = keys(found)
    assert len(seen) == len(set(seen))
    assert set(wanted) <= set(seen)


async def test_rows_that_do_not_fit_and_static_values_alone(connection: None) -> None:
    wanted = await filled()
    for sensor in range(0, SENSORS, 50):
        await Reading(sensor=sensor, at=3).delete_columns("value")
    await Reading.find(sensor=9999).update(room="hall")
    errors: list[DecodeError] = []
    found = await read(Strict.scan(fetch_size=20, unreadable=errors.append))
    lost = [(sensor, 3) for sensor in range(0, SENSORS, 50)]
    assert keys(found) == [key for key in wanted if key not in lost]
    assert sorted(error.key["sensor"] for error in errors if error.key is not None) == [key[0] for key in lost]


@pytest.mark.parametrize("count", [1, 8, 32])
async def test_splits_make_up_the_table(connection: None, count: int) -> None:
    wanted = await filled()
    found = [each for split in Reading.splits(count) for each in await read(read_split(split, fetch_size=100))]
    assert keys(found) == wanted


async def test_composite_partition_keys_and_views(connection: None) -> None:
    await Pair.sync_table()
    await PairByV.sync_view()
    made = [Pair(a=uuid4(), token=f"t{number}", v=number) for number in range(60)]
    for pair in made:
        await pair.save()
    assert sorted(pair.v for pair in await read(Pair.scan(concurrency=3, fetch_size=7))) == list(range(60))
    wanted = [(pair.a, pair.token) for pair in reversed(made)]
    found = await get_many(Pair, [*wanted, (uuid4(), "t")], concurrency=7)
    assert [pair and pair.v for pair in found] == [*reversed(range(60)), None]
    while len(view := await read(PairByV.scan(concurrency=2))) < 60:
        pass  # the server fills a view a little later
    assert sorted(each.v for each in view) == list(range(60))


async def test_many_keys_of_few_partitions(connection: None) -> None:
    await filled()
    wanted = [(sensor, at) for at in (4, 0, 9) for sensor in (7, 3, 7000)]
    found = await get_many(Reading, wanted)
    assert [each and (each.sensor, each.at) for each in found] == [
        key if key[0] < SENSORS and key[1] < EACH else None for key in wanted
    ]
