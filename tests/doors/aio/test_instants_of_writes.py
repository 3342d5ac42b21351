"""`CreatedAt` and `UpdatedAt`: which writes set them, by whose clock, and when the document has them."""

from datetime import datetime, timedelta, timezone
from typing import Annotated

import pytest
from pydantic import ConfigDict, Field

from coodie.aio import AsyncBatchQuery, Document, create_keyspace, save_many, update_many
from coodie.drivers import UNSET, Page
from coodie.exceptions import InvalidQueryError, OutcomeUnknown
from coodie.fields import ClusteringKey, Column, CreatedAt, PrimaryKey, Static, Timestamp, UpdatedAt, Version
from coodie.testing import Clock, MemoryDriver, RecordingDriver, faults
from coodie.types import NaiveDatetime

START = datetime(2030, 1, 1, tzinfo=timezone.utc)
EARLIER = datetime(2020, 1, 1, tzinfo=timezone.utc)


class Note(Document):
    book: Annotated[int, PrimaryKey()]
    page: Annotated[int, ClusteringKey()] = 0
    text: str = ""
    shelf: Annotated[str | None, Static()] = None
    created: Annotated[datetime | None, CreatedAt()] = None
    updated: Annotated[datetime | None, UpdatedAt(), Column("changed")] = None

    class Settings:
        name = "notes"


def told(recorder):
    return {name: value for name, value in recorder.last.params.items() if value is not UNSET}


async def test_a_save_sets_them_by_the_clock_of_the_connection(coodie_recorder, coodie_clock):
    note = Note(book=1, text="a")
    coodie_clock.tick(5)
    await note.save()
    first = START + timedelta(seconds=5)
    assert told(coodie_recorder) == {"book": 1, "page": 0, "text": "a", "created": first, "changed": first}
    assert coodie_recorder.last.request.idempotent is True
    assert (note.created, note.updated, note.changes()) == (first, first, set())
    coodie_clock.tick(5)
    await note.save()
    assert len(coodie_recorder.calls) == 1  # nothing changed, so nothing is sent
    note.text = "b"
    await note.save()
    later = first + timedelta(seconds=5)
    assert told(coodie_recorder) == {"book": 1, "page": 0, "text": "b", "changed": later}
    assert (note.created, note.updated, note.changes()) == (first, later, set())
    coodie_clock.tick(5)
    await note.save(full=True)
    assert (note.created, note.updated) == (first, later + timedelta(seconds=5))


async def test_an_insert_sets_both_if_it_is_applied(coodie_recorder):
    note = Note(book=1)
    coodie_recorder.on("insert", conditional=True).applied(False, {"book": 1, "page": 0})
    await note.insert()
    assert (note.created, note.updated) == (None, None)
    coodie_recorder.on("insert", conditional=True).applied()
    assert await note.insert()
    assert told(coodie_recorder)["created"] == START
    assert (note.created, note.updated, note.changes()) == (START, START, set())


async def test_updates_set_the_last_change_also_by_query(coodie_recorder, coodie_clock):
    note = await Note.create(book=1)
    coodie_clock.tick(60)
    later = START + timedelta(minutes=1)
    await note.update(text="b")
    assert coodie_recorder.last.cql == "UPDATE notes SET text = ?, changed = ? WHERE book = ? AND page = ?"
    assert coodie_recorder.last.request.values == ("b", later, 1, 0)
    assert (note.created, note.updated, note.changes()) == (START, later, set())
    await Note.find(book=1, page__in=[1, 2]).update(text="c")
    assert coodie_recorder.last.cql == "UPDATE notes SET text = ?, changed = ? WHERE book = ? AND page IN ?"
    assert coodie_recorder.last.request.values == ("c", later, 1, [1, 2])
    await Note.find(book=1, page=0).delete()
    await note.delete()
    assert coodie_recorder.last.cql == "DELETE FROM notes WHERE book = ? AND page = ?"


async def test_a_change_of_static_columns_alone_writes_no_row(coodie_recorder):
    note = await Note.create(book=1)
    await note.update(shelf="x")
    assert coodie_recorder.last.cql == "UPDATE notes SET shelf = ? WHERE book = ?"
    await Note.find(book=1).update(shelf="y")
    assert coodie_recorder.last.cql == "UPDATE notes SET shelf = ? WHERE book = ?"


async def test_an_unknown_outcome_and_a_batch_that_was_left_set_nothing(coodie_recorder):
    note = Note(book=1)
    coodie_recorder.on("insert").raises(faults.write_timeout())
    with pytest.raises(OutcomeUnknown):
        await note.save()
    assert (note.created, note.updated) == (None, None)
    batch = AsyncBatchQuery()
    await note.save(batch=batch)
    assert (note.created, note.updated) == (None, None)
    await batch.execute()
    assert (note.created, note.updated, note.changes()) == (START, START, set())


async def test_a_creation_that_was_given_is_kept_and_a_change_is_not(coodie_recorder):
    note = await Note.create(book=1, created=EARLIER, updated=EARLIER)
    assert (note.created, note.updated) == (EARLIER, START)
    note.updated = EARLIER
    await note.save()
    assert told(coodie_recorder) == {"book": 1, "page": 0, "changed": START}
    await note.update(created=None)
    assert told(coodie_recorder) == {"created": None, "changed": START, "book": 1, "page": 0}
    note.page = 1  # another row, which was not created before
    await note.save()
    assert told(coodie_recorder)["created"] == START


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda note: note.update(updated=EARLIER), r"Note\.updated is set by coodie"),
        (lambda note: Note.find(book=1, page=0).update(text="b", updated=None), r"Note\.updated is set by coodie"),
        (lambda note: note.delete_columns("text"), r"delete_columns\(\) cannot set Note\.updated"),
        (lambda note: note.update(), "nothing to set"),
    ],
)
async def test_what_would_contradict_the_clock_is_refused(coodie_recorder, write, why):
    note = await Note.create(book=1)
    with pytest.raises(InvalidQueryError, match=why):
        await write(note)
    assert len(coodie_recorder.calls) == 1


async def test_many_writes_set_them_too(coodie_recorder):
    notes = [Note(book=number) for number in range(5)]
    await save_many(notes, by_partition=True)
    assert {note.created for note in notes} == {START}
    await update_many((note, {"text": "x"}) for note in notes)
    assert {call.params["changed"] for call in coodie_recorder.calls} == {START}


class Other(Document):
    model_config = ConfigDict(validate_assignment=True)
    id: Annotated[int, PrimaryKey()]
    naive: Annotated[NaiveDatetime | None, CreatedAt()] = None
    number: Annotated[int, UpdatedAt(), Timestamp()] = 0
    version: Annotated[int, Version()] = 1


class Made(Document):
    id: Annotated[int, PrimaryKey()]
    at: Annotated[datetime, CreatedAt()] = Field(default_factory=lambda: EARLIER)


async def test_they_have_the_type_of_their_field_and_stand_beside_a_version(coodie_recorder, coodie_clock):
    coodie_recorder.on("insert").applied()
    other = await Other.create(id=1)
    assert (other.naive, other.number, other.version) == (START.replace(tzinfo=None), 1_893_456_000_000, 1)
    coodie_clock.tick(1)
    coodie_recorder.on("update").applied()
    await other.save(full=True)
    assert (other.number, other.version) == (1_893_456_001_000, 2)
    coodie_recorder.on("update").applied()
    await other.update(naive=EARLIER.replace(tzinfo=None))
    assert coodie_recorder.last.cql == "UPDATE other SET naive = ?, version = ?, number = ? WHERE id = ? IF version = ?"
    assert (await Made.create(id=1)).at == START + timedelta(seconds=1)


async def test_the_clock_is_that_of_the_connection_or_the_real_one():
    clock = Clock(EARLIER)
    with RecordingDriver(clock=clock):
        assert (await Note.create(book=1)).created == EARLIER
        with RecordingDriver(MemoryDriver(clock=Clock(START), keyspace="k"), keyspace="k"):
            await create_keyspace("k")
            await Note.sync_table()
            assert (await Note.create(book=1)).created == START
            assert await Note.find(book=1).one() == Note(book=1, created=START, updated=START)
    before = datetime.now(timezone.utc).replace(microsecond=0)
    with RecordingDriver(Plain()):
        assert before <= (await Note.create(book=1)).created <= datetime.now(timezone.utc)
    with RecordingDriver(Plain(), clock=clock):
        assert (await Note.create(book=1)).created == EARLIER


class Plain:
    """A driver without a clock, like those of real connections."""

    async def aexecute(self, request):
        return Page()

    async def aclose(self):
        pass
