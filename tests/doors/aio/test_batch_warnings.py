"""What a batch warns of: a burden for the cluster, and one cell that is written twice."""

import warnings
from typing import Annotated

import pytest
from doors.aio.batch_models import Careful, User, Views

from coodie.aio import AsyncBatchQuery, Document
from coodie.batch import BatchWarning
from coodie.fields import ClusteringKey, Frozen, PrimaryKey, Static


@pytest.mark.parametrize(
    ("options", "count", "message"),
    [
        ({}, 51, "51 statements"),
        ({"warn_statements": 2}, 3, "3 statements"),
        ({"warn_statements": None, "warn_bytes": 50}, 3, "bytes"),
        ({"warn_statements": None, "warn_partitions": 2}, 3, "3 partitions"),
        ({"warn_statements": None}, 11, "11 partitions"),
    ],
)
async def test_a_batch_that_burdens_the_cluster_warns(coodie_recorder, options, count, message):
    batch = AsyncBatchQuery(**options)
    for number in range(count):
        await User(id=number, name="a" * 20).save(batch=batch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await batch.execute()
    assert any(message in str(each.message) for each in caught)
    assert {each.category for each in caught} == {BatchWarning}
    assert len(coodie_recorder.last.statements) == count


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, ["2 statements (over 1)", "bytes (over 100)", "2 partitions (over 1)"]),
        ({"warn_statements": 2}, ["bytes (over 100)", "2 partitions (over 1)"]),
        ({"warn_bytes": None, "warn_partitions": 2}, ["2 statements (over 1)"]),
    ],
)
async def test_the_thresholds_may_stand_in_the_settings_and_an_argument_wins(coodie_recorder, options, warned):
    class Large(Careful):
        text: str = "x" * 50

    batch = AsyncBatchQuery(**options)
    for number in (1, 2):
        await Large(id=number).save(batch=batch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await batch.execute()
    assert len(caught) == len(warned)
    assert all(part in str(each.message) for part, each in zip(warned, caught, strict=True))


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"warn_partitions": None}, 50),
        ({}, 10),
        ({"warn_statements": 3}, 3),
        ({"warn_statements": None, "warn_bytes": None, "warn_partitions": None}, 2000),
    ],
)
async def test_up_to_the_threshold_nothing_warns(coodie_recorder, options, count):
    batch = AsyncBatchQuery(**options)
    for number in range(count):
        await User(id=number).save(batch=batch)
    await batch.execute()
    assert len(coodie_recorder.last.statements) == count


@pytest.mark.parametrize(
    ("numbers", "twice"), [((0, 1, 2), False), ((2, 1, 0), False), ((0, 1, 2, 0), True), ((1, 1), True)]
)
async def test_rows_in_any_order_are_one_row_only_if_all_of_the_key_is_the_same(coodie_recorder, numbers, twice):
    batch = AsyncBatchQuery()
    for number in numbers:
        await User(id=1, n=number, name="ann").save(batch=batch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await batch.execute()
    assert [" of one row twice at one timestamp" in str(each.message) for each in caught] == [True] * twice


async def test_rows_of_one_partition_are_not_many_partitions(coodie_recorder):
    async with AsyncBatchQuery(warn_partitions=1) as batch:
        for number in range(20):
            await User(id=1, n=number).save(batch=batch)
        await User(id=1, n=0).update(tags__add={"x"}, batch=batch)
    assert len(coodie_recorder.last.statements) == 21


async def test_keys_that_cannot_be_hashed_are_told_apart_too(coodie_recorder):
    class Path(Document):
        steps: Annotated[list[int], Frozen(), PrimaryKey()]
        turns: Annotated[dict[str, int], Frozen(), ClusteringKey()]
        note: str = ""

    with pytest.warns(BatchWarning, match="over 2 partitions") as caught:  # noqa: PT031
        async with AsyncBatchQuery(warn_partitions=1) as batch:
            for steps, turns in (([1], {"a": 1}), ([1], {"a": 2}), ([2], {"a": 1})):
                await Path(steps=steps, turns=turns).save(batch=batch)
    assert len(caught) == 1
    with pytest.warns(BatchWarning, match=r"path\.note of one row twice"):  # noqa: PT031
        async with AsyncBatchQuery() as batch:
            for _ in range(2):
                await Path(steps=[1], turns={"a": 1}, note="x").save(batch=batch)


async def test_a_text_of_ones_own_is_counted_too(coodie_recorder):
    batch = AsyncBatchQuery(warn_statements=1)
    batch.add("DELETE FROM t WHERE a = 1")
    batch.add("DELETE FROM t WHERE a = 2")
    with pytest.warns(BatchWarning, match="2 statements"):
        await batch.execute()


async def test_a_warning_that_is_an_error_sends_nothing_and_keeps_the_statements(coodie_recorder):
    batch = AsyncBatchQuery(warn_statements=0)
    await User(id=1).save(batch=batch)
    with pytest.raises(BatchWarning):  # pytest makes errors of warnings
        await batch.execute()
    assert coodie_recorder.calls == []
    assert len(batch.statements) == 1


async def update_twice(batch):
    await User(id=1).update(name="a", batch=batch)
    await User(id=1).update(name="b", batch=batch)


async def save_and_delete(batch):
    await User(id=1).save(batch=batch)
    await User(id=1).delete(batch=batch)


async def update_and_clear(batch):
    await User(id=1).update(name="a", batch=batch)
    await User(id=1).delete_columns("name", batch=batch)


async def two_columns(batch):
    await User(id=1).update(name="a", batch=batch)
    await User(id=1).update(tags={"x"}, batch=batch)


async def two_rows(batch):
    await User(id=1).update(name="a", batch=batch)
    await User(id=1, n=1).update(name="a", batch=batch)


async def two_timestamps(batch):
    await User(id=1).update(name="a", timestamp=1, batch=batch)
    await User(id=1).update(name="b", timestamp=2, batch=batch)


async def two_additions(batch):
    await User(id=1).update(tags__add={"a"}, batch=batch)
    await User(id=1).update(tags__add={"b"}, batch=batch)


@pytest.mark.parametrize("write", [update_twice, save_and_delete, update_and_clear])
async def test_one_cell_written_twice_warns(coodie_recorder, write):
    with pytest.warns(BatchWarning, match=r"users\.name of one row twice"):
        async with AsyncBatchQuery() as batch:
            await write(batch)
    assert len(coodie_recorder.last.statements) == 2


@pytest.mark.parametrize("write", [two_columns, two_rows, two_timestamps, two_additions])
async def test_different_cells_do_not_warn(coodie_recorder, write):
    async with AsyncBatchQuery() as batch:
        await write(batch)
    assert len(coodie_recorder.last.statements) == 2


class Room(Document):
    house: Annotated[int, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    owner: Annotated[str | None, Static()] = None
    keys: Annotated[list[int], Static()] = []
    beds: int = 1


async def two_owners(batch):
    await Room(house=1, number=1, owner="a").save(batch=batch)
    await Room(house=1, number=2, owner="b").save(batch=batch)


async def owner_of_a_row_and_of_the_house(batch):
    await Room(house=1, number=1, owner="a").save(batch=batch)
    await Room(house=1, number=2).update(owner="b", batch=batch)


async def owner_cleared(batch):
    await Room.find(house=1).update(owner="b", batch=batch)
    await Room(house=1, number=2).delete_columns("owner", batch=batch)


async def keys_that_would_add_up(batch):
    await Room(house=1, number=1, keys=[1]).save(batch=batch)
    await Room(house=1, number=2, keys=[1]).save(batch=batch)


async def one_owner(batch):
    await Room(house=1, number=1, owner="a").save(batch=batch)
    await Room(house=1, number=2, owner="a").save(batch=batch)


async def owners_of_two_houses(batch):
    await Room(house=1, number=1, owner="a").save(batch=batch)
    await Room(house=2, number=1, owner="b").save(batch=batch)


async def owner_and_a_deleted_row(batch):
    await Room(house=1, number=1).update(owner="b", beds=2, batch=batch)
    await Room(house=1, number=2).delete(batch=batch)


async def owner_under_a_condition_and_the_deleted_row(batch):
    await Room(house=1, number=1).update(owner="b", if_conditions={"beds": 1}, batch=batch)
    await Room(house=1, number=1).delete(batch=batch)


@pytest.mark.parametrize("write", [two_owners, owner_of_a_row_and_of_the_house, owner_cleared, keys_that_would_add_up])
async def test_a_static_column_is_one_cell_of_the_partition(coodie_recorder, write):
    with pytest.warns(BatchWarning, match=r"room\.(owner|keys) of one"):
        async with AsyncBatchQuery() as batch:
            await write(batch)


async def owner_and_a_row_deleted_by_a_query(batch):
    await Room.find(house=1).update(owner="b", batch=batch)
    await Room.find(house=1, number=1).delete(batch=batch)


@pytest.mark.parametrize(
    "write", [one_owner, owners_of_two_houses, owner_and_a_deleted_row, owner_and_a_row_deleted_by_a_query]
)
async def test_static_columns_that_do_not_contradict_do_not_warn(coodie_recorder, write):
    async with AsyncBatchQuery() as batch:
        await write(batch)
    assert len(coodie_recorder.last.statements) == 2


async def test_a_deleted_row_leaves_the_static_columns(coodie_recorder):
    coodie_recorder.on("batch").applied()
    async with AsyncBatchQuery() as batch:
        await owner_under_a_condition_and_the_deleted_row(batch)
    assert len(coodie_recorder.last.statements) == 2


async def test_an_unset_column_is_not_written_twice(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await User(id=1, name="a").save(batch=batch)  # leaves tags as they are
        await User(id=1).update(tags={"x"}, batch=batch)
    assert len(coodie_recorder.last.statements) == 2


async def test_two_changes_of_one_counter_do_not_warn(coodie_recorder):
    async with AsyncBatchQuery(batch_type="COUNTER") as batch:
        await Views(id=1).increment(views=1, batch=batch)
        await Views(id=1).increment(views=1, batch=batch)
    assert len(coodie_recorder.last.statements) == 2
