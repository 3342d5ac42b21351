"""A batch of one door takes the documents of the other: a statement knows no door. What both doors refuse."""

import inspect
from functools import partial
from typing import Annotated

import pytest

from coodie import aio, sync
from coodie.exceptions import InvalidQueryError
from coodie.fields import Counter, PrimaryKey


class SyncUser(sync.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "ann"


class AsyncUser(aio.Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "bo"


class SyncViews(sync.CounterDocument):
    id: Annotated[int, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


async def test_a_sync_document_in_an_async_batch(coodie_recorder):
    user = SyncUser(id=1)
    async with aio.AsyncBatchQuery() as batch:
        assert SyncUser(id=2).save(batch=batch) is None
        assert user.update(name="cy", batch=batch) is None
        await AsyncUser(id=2).save(batch=batch)
        assert user.name == "ann"
    assert user.name == "cy"
    assert [len(call.statements) for call in coodie_recorder.batches] == [3]


async def test_an_async_document_in_a_sync_batch(coodie_recorder):
    with sync.BatchQuery() as batch:
        await AsyncUser(id=1).save(batch=batch)
        await AsyncUser.find(id=2).delete(batch=batch)
        SyncUser(id=1).save(batch=batch)
    assert [len(call.statements) for call in coodie_recorder.batches] == [3]


async def test_a_lost_condition_gives_the_model_of_its_own_door(coodie_recorder):
    coodie_recorder.on("batch").applied(False, {"id": 1, "name": "zoe"})
    async with aio.AsyncBatchQuery() as batch:
        SyncUser(id=1).insert(batch=batch)
    assert batch.result is not None
    assert batch.result.existing == SyncUser(id=1, name="zoe")


async def test_counters_of_the_other_door(coodie_recorder):
    async with aio.AsyncBatchQuery(batch_type="COUNTER") as batch:
        SyncViews(id=1).increment(views=1, batch=batch)
    assert coodie_recorder.last.batch_kind == "counter"


async def test_functions_of_a_door_take_documents_and_models_of_the_other(coodie_recorder):
    coodie_recorder.on("select", table=AsyncUser).returns([{"id": 1, "name": "zoe"}]).times(2)
    coodie_recorder.on("select", table=SyncUser).returns([{"id": 1, "name": "zoe"}]).times(2)
    coodie_recorder.on("update", conditional=True).applied(False, {"name": "cy"}).times(2)
    one = AsyncUser(id=1)
    sync.save(one)
    assert not one.changes()
    assert sync.find(AsyncUser, id=1).all() == [AsyncUser(id=1, name="zoe")]
    assert sync.get(AsyncUser, id=1) == AsyncUser(id=1, name="zoe")
    assert sync.update(one, name="bo", if_conditions={"name": "x"}).existing == AsyncUser(id=1, name="cy")

    other = SyncUser(id=1)
    await aio.save(other)
    assert not other.changes()
    assert await aio.find(SyncUser, id=1).all() == [SyncUser(id=1, name="zoe")]
    assert [each async for each in aio.find(SyncUser, id=1)] == [SyncUser(id=1, name="zoe")]
    lost = await aio.update(other, name="bo", if_conditions={"name": "x"})
    assert lost.existing == SyncUser(id=1, name="cy")


async def test_the_methods_that_a_class_overrides_are_its_own_door_s(coodie_recorder):
    class Loud(AsyncUser):
        async def save(self, **options):
            raise AssertionError

    sync.save(Loud(id=1))
    assert coodie_recorder.cql == ["INSERT INTO loud (id, name) VALUES (?, ?)"]


async def test_the_way_of_one_door_with_a_query_of_the_other_says_what_to_write(coodie_recorder):
    with pytest.raises(TypeError, match=r"cannot be awaited: await what sends it, as in await query.all\(\)"):
        await AsyncUser.find()
    assert not inspect.isawaitable(SyncUser.find()), "some frameworks await whatever can be awaited"
    for slip in (list, set, sorted):
        with pytest.raises(TypeError, match=r"iterated over by async for; await query.all\(\) gives a list"):
            slip(AsyncUser.find())
    with pytest.raises(TypeError, match="by for, not by async for"):
        _ = [user async for user in SyncUser.find()]
    assert coodie_recorder.calls == []


async def handle(error):
    pass


def generate(error):
    yield error


async def generate_later(error):
    yield error


class Handler:
    async def __call__(self, error):
        pass


@pytest.mark.parametrize("door", [aio, sync])
@pytest.mark.parametrize(
    "handler", [None, "handle", handle, Handler(), partial(handle), generate, partial(generate), generate_later, 5]
)
def test_rule_27_a_handler_that_nobody_would_hear_is_refused(door, handler):
    class Note(door.Document):
        id: Annotated[int, PrimaryKey()]

    with pytest.raises(InvalidQueryError, match="plain function of one error"):
        Note.find().unreadable(handler)
