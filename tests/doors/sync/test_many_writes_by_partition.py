# Derived by tests/derive.py: edit tests/doors/aio/test_many_writes_by_partition.py,
# then run `tox -e sync`.
"""Many writes in small batches, each of one partition."""

from doors.sync.many_documents import Event, numbers

from coodie.sync import delete_many, save_many, update_many
from coodie.testing import RecordingDriver, faults


def test_by_partition_makes_unlogged_batches_of_one_partition_each():
    events = [Event(user=number % 3, at=number) for number in range(30)]
    with RecordingDriver() as recorder:
        report = save_many(events, 200, by_partition=True)
    assert report.done == 30
    assert len(recorder.batches) == 3
    for call in recorder.batches:
        assert call.batch_kind == "unlogged"
        assert len({each.params["user"] for each in call.statements}) == 1
    assert not any(each.changes() for each in events)


def test_by_partition_keeps_batches_small():
    events = [Event(user=1, at=number, note="x" * 1000) for number in range(20)]
    with RecordingDriver() as recorder:
        save_many(events, 200, by_partition=True)
    assert max(len(call.statements) for call in recorder.batches) == 5


def test_by_partition_puts_no_two_values_of_one_cell_into_a_batch():
    events = [Event(user=1, at=1, note="a"), Event(user=1, at=1, note="b"), Event(user=1, at=2, plan="x")]
    events += [Event(user=1, at=3, plan="y")]
    with RecordingDriver() as recorder:
        save_many(events, by_partition=True)
    assert [len(call.statements) for call in recorder.executed] == [1, 2, 1]
    assert [call.statements[0].params["note"] for call in recorder.executed[:2]] == ["a", "b"]


def test_a_batch_that_failed_counts_each_of_its_documents():
    events = [Event(user=number % 2, at=number) for number in range(10)]
    with RecordingDriver() as recorder:
        recorder.on("batch").raises(faults.invalid())
        report = save_many(events, by_partition=True)
    assert numbers(report) == (5, 5, 0)
    assert sorted(item.at for item, _ in report.failed) == [0, 2, 4, 6, 8]


def test_a_batch_is_sent_again_if_all_of_it_is_idempotent():
    documents = [Event(user=1, at=number) for number in range(4)]
    with RecordingDriver() as recorder:
        recorder.on("batch").raises(faults.write_timeout())
        assert numbers(delete_many(documents, by_partition=True)) == (4, 0, 0)
        assert len(recorder.batches) == 2
        recorder.on("batch").raises(faults.write_timeout())
        changes = [(each, {"notes__append": ["a"]}) for each in documents]
        assert numbers(update_many(changes, by_partition=True)) == (0, 0, 4)
        assert len(recorder.batches) == 3
