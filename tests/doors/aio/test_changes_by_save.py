"""What a write makes of the document in memory: known, new again, or left as it was (rule 21)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import pytest
from doors.aio.known_rows import ROW, User, load, sent

from coodie.aio import AsyncBatchQuery, Document
from coodie.exceptions import (
    OutcomeUnknown,
    Unavailable,
)
from coodie.fields import ClusteringKey, PrimaryKey, Static
from coodie.testing import RecordingDriver, faults


async def test_rule_21_a_changed_key_is_a_new_row(coodie_recorder):
    user = await load(coodie_recorder, ROW | {"note": None})
    user.id = 2
    assert user.changes() == set(ROW) - {"note"}
    assert await sent(coodie_recorder, user) == {name: value for name, value in ROW.items() if name != "note"} | {
        "id": 2
    }
    assert await sent(coodie_recorder, user) is None
    user.name = "bo"
    assert await sent(coodie_recorder, user) == {"id": 2, "name": "bo"}


async def test_rule_21_a_default_that_stands_for_a_null_does_not_go_with_a_new_row(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1, "note": "x"})
    user.id = 2
    assert await sent(coodie_recorder, user) == {"id": 2, "note": "x"}
    assert user.name == "nobody"
    assert await sent(coodie_recorder, user) is None
    user.name = "nobody"
    assert await sent(coodie_recorder, user) == {"id": 2, "name": "nobody"}


async def test_rule_21_a_save_after_the_own_delete_is_a_new_row(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    await user.delete()
    assert user.changes() == set(ROW)
    assert await sent(coodie_recorder, user) == ROW
    assert await sent(coodie_recorder, user) is None


async def test_rule_21_a_full_save_that_waited_makes_the_row_that_was_deleted_meanwhile(coodie_recorder):
    user = User(**ROW)
    await user.save()
    async with AsyncBatchQuery() as batch:
        await user.save(full=True, batch=batch)
        await user.delete()
        user.name = "bo"
    assert user.changes() == {"name"}
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "bo"}


async def test_rule_21_a_lost_delete_deletes_nothing(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    coodie_recorder.on("delete").applied(False)
    assert not await user.delete(if_exists=True)
    assert await sent(coodie_recorder, user) is None


async def test_rule_21_a_document_that_was_saved_is_known(coodie_recorder):
    user = User(id=1, note=None)
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "nobody", "note": None}
    assert await sent(coodie_recorder, user) is None
    user.name = "ann"
    user.items.append(1)
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "ann", "items": [1]}


async def test_rule_21_a_document_that_was_created_is_known(coodie_recorder):
    for user in (await User.create(id=1), await User.find().ttl(5).create(id=1)):
        assert await sent(coodie_recorder, user) is None


async def test_rule_21_an_applied_insert_makes_it_known_and_a_lost_one_does_not(coodie_recorder):
    user = User(id=1, name="ann")
    coodie_recorder.on("insert", conditional=True).applied(False, {"id": 1, "name": "bo"})
    assert not await user.insert()
    assert user.changes() == set(ROW)
    coodie_recorder.on("insert", conditional=True).applied()
    assert await user.insert()
    assert await sent(coodie_recorder, user) is None
    # There was no row before, so the columns that were unset are null.
    user.note, user.tags, user.items = None, set(), []
    assert await sent(coodie_recorder, user) is None
    await user.update(tags__add={"a"})
    assert user.tags == {"a"}


async def test_rule_21_static_columns_may_have_been_there_before_an_insert(coodie_recorder):
    class Reading(Document):
        id: Annotated[int, PrimaryKey()]
        n: Annotated[int, ClusteringKey()]
        labels: Annotated[set[str], Static()] = set()
        marks: set[str] = set()

    reading = Reading(id=1, n=1)
    coodie_recorder.on("insert", conditional=True).applied()
    assert await reading.insert()
    await reading.update(labels__add={"a"}, marks__add={"b"})
    assert (reading.labels, reading.marks) == (set(), {"b"})


class Meanwhile(RecordingDriver):
    """A recorder that does something while a call is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.act: Callable[[], object] = list

    async def aexecute(self, request):
        self.act()
        return await super().aexecute(request)


async def test_rule_21_a_change_made_while_a_save_is_under_way_belongs_to_the_next():
    user = User(id=1, name="ann", items=[1])

    def change():
        user.name = "bo"
        user.items.append(2)

    with Meanwhile() as recorder:
        recorder.act = change
        assert (await sent(recorder, user))["items"] == [1]
        recorder.act = list
        assert await sent(recorder, user) == {"id": 1, "name": "bo", "items": [1, 2]}


async def test_rule_21_a_change_made_after_it_was_added_to_a_batch_belongs_to_the_next(coodie_recorder):
    user = User(id=1, name="ann")
    async with AsyncBatchQuery() as batch:
        await user.save(batch=batch)
        await user.update(note="x", batch=batch)
        user.name, user.note = "bo", "y"
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "bo", "note": "y"}


async def test_rule_21_an_unknown_outcome_changes_nothing_in_memory(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    coodie_recorder.on("insert").raises(faults.write_timeout())
    with pytest.raises(OutcomeUnknown):
        await user.save()
    assert user.changes() == {"name"}
    coodie_recorder.on("update").raises(faults.write_timeout())
    with pytest.raises(OutcomeUnknown):
        await user.update(tags__add={"b"})
    assert user.tags == {"a"}
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "bo"}


async def test_rule_21_a_batch_that_was_left_or_failed_changes_nothing_in_memory(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    with suppress(ValueError):
        async with AsyncBatchQuery() as batch:
            await user.save(batch=batch)
            await user.delete(batch=batch)
            raise ValueError("left")
    coodie_recorder.on("batch").raises(faults.unavailable())
    batch = AsyncBatchQuery()
    await user.save(batch=batch)
    with pytest.raises(Unavailable):
        await batch.execute()
    assert user.changes() == {"name"}
    await batch.execute()
    assert user.changes() == set()
