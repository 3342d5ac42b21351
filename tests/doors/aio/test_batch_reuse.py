"""An empty batch, a batch that is used again, and where a batch goes."""

from doors.aio.batch_models import Elsewhere, User

from coodie.aio import AsyncBatchQuery
from coodie.drivers import register_driver, unregister_driver
from coodie.testing import RecordingDriver


async def test_an_empty_batch_sends_nothing(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        pass
    assert await batch.execute() is None
    assert coodie_recorder.calls == []


async def test_executing_empties_the_batch_and_it_can_be_used_again(coodie_recorder):
    batch = AsyncBatchQuery()
    for _ in range(2):
        await User(id=1).save(batch=batch)
        await batch.execute()
        assert batch.statements == ()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


async def test_a_batch_that_is_used_again_goes_where_its_next_document_belongs(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    batch = AsyncBatchQuery()
    for document in (User(id=1), Elsewhere(id=1), User(id=1)):
        await document.save(batch=batch)
        await batch.execute()
    unregister_driver("elsewhere")
    assert (len(coodie_recorder.batches), len(elsewhere.batches)) == (2, 1)


async def test_executing_in_the_block_sends_nothing_twice(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await User(id=1).save(batch=batch)
        await batch.execute()
        await User(id=2).save(batch=batch)
    assert [call.statements[0].params["id"] for call in coodie_recorder.batches] == [1, 2]


async def test_the_batch_goes_over_the_connection_of_its_first_document(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    async with AsyncBatchQuery() as batch:
        await Elsewhere(id=1).save(batch=batch)
    async with AsyncBatchQuery(connection="elsewhere") as batch:
        batch.add("DELETE FROM t WHERE a = 1")
    unregister_driver("elsewhere")
    assert len(elsewhere.batches) == 2
    assert coodie_recorder.calls == []
