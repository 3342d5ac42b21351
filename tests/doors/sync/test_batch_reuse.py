# Derived by tests/derive.py: edit tests/doors/aio/test_batch_reuse.py,
# then run `tox -e sync`.
"""An empty batch, a batch that is used again, and where a batch goes."""

from doors.sync.batch_models import Elsewhere, User

from coodie.sync import BatchQuery
from coodie.drivers import register_driver, unregister_driver
from coodie.testing import RecordingDriver


def test_an_empty_batch_sends_nothing(coodie_recorder):
    with BatchQuery() as batch:
        pass
    assert batch.execute() is None
    assert coodie_recorder.calls == []


def test_executing_empties_the_batch_and_it_can_be_used_again(coodie_recorder):
    batch = BatchQuery()
    for _ in range(2):
        User(id=1).save(batch=batch)
        batch.execute()
        assert batch.statements == ()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


def test_a_batch_that_is_used_again_goes_where_its_next_document_belongs(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    batch = BatchQuery()
    for document in (User(id=1), Elsewhere(id=1), User(id=1)):
        document.save(batch=batch)
        batch.execute()
    unregister_driver("elsewhere")
    assert (len(coodie_recorder.batches), len(elsewhere.batches)) == (2, 1)


def test_executing_in_the_block_sends_nothing_twice(coodie_recorder):
    with BatchQuery() as batch:
        User(id=1).save(batch=batch)
        batch.execute()
        User(id=2).save(batch=batch)
    assert [call.statements[0].params["id"] for call in coodie_recorder.batches] == [1, 2]


def test_the_batch_goes_over_the_connection_of_its_first_document(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    with BatchQuery() as batch:
        Elsewhere(id=1).save(batch=batch)
    with BatchQuery(connection="elsewhere") as batch:
        batch.add("DELETE FROM t WHERE a = 1")
    unregister_driver("elsewhere")
    assert len(elsewhere.batches) == 2
    assert coodie_recorder.calls == []
