"""On a real cluster: partitions that hold static values alone, and rows that do not fit the model."""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie import (
    ClusteringKey,
    DecodeError,
    DocumentNotFound,
    MultipleDocumentsFound,
    PrimaryKey,
    Static,
)
from coodie.aio import AsyncBatchQuery, Document, execute_raw

# One connection serves all examples of a test; and a machine under load is slow, which is no failure of ours.
examples = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    room: Annotated[str | None, Static()] = None
    value: int | None = None


class Bare(Document):
    """The same table, as one sees it who does not know of the static column."""

    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    value: int | None = None

    class Settings:
        name = "reading"


class Mood(Enum):
    GOOD = "good"
    WELL = "well"


class Note(Document):
    book: Annotated[int, PrimaryKey()]
    page: Annotated[int, ClusteringKey()]
    text: str
    seen: datetime | None = None
    mood: Mood = Mood.GOOD

    class Settings:
        name = "notes"


MADE: set[str] = set()


@pytest.fixture(autouse=True)
async def tables(connection, keyspace):
    if keyspace not in MADE:
        for model in (Reading, Note):
            await model.sync_table()
        MADE.add(keyspace)


SENSORS = range(4)
# What each partition has: static values or not, and rows.
PARTITIONS = st.fixed_dictionaries(
    {sensor: st.tuples(st.booleans(), st.sets(st.integers(0, 2), max_size=3)) for sensor in SENSORS}
)


async def iterated(query):
    return [document async for document in query]


async def by_pages(query):
    found, state = [], None
    while True:
        page = await query.page(state).paged_all()
        found += page.data
        if (state := page.paging_state) is None:
            return found


def keys(documents):
    return sorted((each.sensor, each.at) for each in documents)


@examples
@given(partitions=PARTITIONS, size=st.integers(1, 5), some=st.sets(st.sampled_from(SENSORS), min_size=1))
async def test_rule_25_reads_give_the_rows_whatever_static_values_are_there(partitions, size, some):
    await Reading.truncate()
    for sensor, (shared, rows) in partitions.items():
        for at in rows | {9}:
            await Reading(sensor=sensor, at=at, room="x" if shared else None, value=at).save()
        await Reading(sensor=sensor, at=9).delete()  # the last row of a partition, perhaps
    wanted = sorted((sensor, at) for sensor, (_, rows) in partitions.items() for at in rows)
    of_some = [key for key in wanted if key[0] in some]

    for model in (Reading, Bare):
        everything = model.find().fetch_size(size)
        for found in (await everything.all(), await iterated(everything), await by_pages(everything)):
            assert keys(found) == wanted
        assert keys(await model.find().only("value").all()) == keys(await model.find().defer("value").all()) == wanted
        for query, there in ((everything, wanted), (model.find(sensor__in=list(some)), of_some)):
            first = await query.first()
            assert ((first.sensor, first.at) in there) if there else (first is None)
            assert await query.exists() is bool(there)
            await check_one(query, there)
        for sensor, (_, rows) in partitions.items():
            first = await model.find_one(sensor=sensor)
            assert (first and first.at) == (min(rows) if rows else None)
            last = await model.find(sensor=sensor).order_by("-at").first()
            assert (last and last.at) == (max(rows) if rows else None)
        ordered = await model.find(sensor__in=list(some)).order_by("at").all()
        assert [each.at for each in ordered] == sorted(at for _, at in of_some)
        first = await model.find(sensor__in=list(some)).order_by("at").first()
        assert (first and first.at) == (min(at for _, at in of_some) if of_some else None)

    alive = {sensor: shared for sensor, (shared, rows) in partitions.items() if shared or rows}
    assert {each.sensor: each.room == "x" for each in await Reading.find().distinct().all()} == alive
    values = await Reading.find().values_list("sensor", "at").all()
    without_rows = [(sensor, None) for sensor in alive if not partitions[sensor][1]]
    assert sorted(values, key=str) == sorted([*wanted, *without_rows], key=str)
    assert await Reading.find().count() == len(values)  # the server's own count


async def check_one(query: Any, there: list[Any]) -> None:
    if len(there) == 1:
        assert keys([await query.one()]) == there
        return
    with pytest.raises(MultipleDocumentsFound if there else DocumentNotFound):
        await query.one()


async def test_rule_25_an_update_of_static_columns_alone_makes_no_document():
    await Reading.find(sensor=77).update(room="kitchen")
    assert await Reading.find(sensor=77).all() == []
    with pytest.raises(DocumentNotFound):
        await Reading.get(sensor=77)
    await Reading(sensor=77, at=1, value=5).save()
    assert (await Reading.get(sensor=77)).room == "kitchen"


# Rows as others may leave them: a null where none may be, what is no member, a year that no datetime holds.
ROWS = st.fixed_dictionaries(
    {
        "text": st.sampled_from(["'a'", "'b'", "null"]),
        "seen": st.sampled_from(["0", "null", "253402300800000", "-62135596800001"]),
        "mood": st.sampled_from(["'good'", "'well'", "'bad'", "null"]),
    }
)


def fits(row):
    return row["text"] != "null" and len(row["seen"]) < 5 and row["mood"] != "'bad'"


@examples
@given(rows=st.lists(ROWS, max_size=6), size=st.integers(1, 4))
async def test_rule_27_each_row_that_does_not_fit_costs_one_row(rows, size):
    await Note.find(book=1).delete()
    for page, row in enumerate(rows):
        values = f"1, ?, {row['text']}, {row['seen']}, {row['mood']}"
        await execute_raw(f"INSERT INTO notes (book, page, text, seen, mood) VALUES ({values})", [page])
    good = [page for page, row in enumerate(rows) if fits(row)]
    bad = [page for page, row in enumerate(rows) if not fits(row)]
    errors: list[DecodeError] = []
    query = Note.find(book=1).unreadable(errors.append).fetch_size(size)
    for form in (query.all, lambda: iterated(query), lambda: by_pages(query)):
        assert [note.page for note in await form()] == good
        assert [error.key for error in errors] == [{"book": 1, "page": page} for page in bad]
        errors.clear()
    first = await query.first()
    assert (first and first.page) == (good[0] if good else None)
    before = [page for page in bad if not good or page < good[0]]
    assert [error.key["page"] for error in errors][: len(before)] == before
    await go_on_behind(rows, size, good)


async def go_on_behind(rows, size, good):
    """Without a function the first one ends the query, which goes on behind its page."""
    seen: list[int] = []
    state, pages = None, [range(len(rows))[at : at + size] for at in range(0, len(rows), size)]
    while True:
        try:
            async for note in Note.find(book=1).fetch_size(size).page(state):
                seen.append(note.page)  # noqa: PERF401 - it may end in the midst of them
            break
        except DecodeError as error:
            state = error.paging_state
            if state is None:
                break
    # Of a page with a bad row nothing is seen.
    assert seen == [page for numbers in pages if set(numbers) <= set(good) for page in numbers]


@pytest.mark.parametrize("seen", ["'9999-12-31T23:59:59.999Z'", "253402300800000"])
async def test_rule_26_the_outcome_of_a_lost_condition_is_told(seen):
    await execute_raw(f"INSERT INTO notes (book, page, text, seen, mood) VALUES (2, 1, 'theirs', {seen}, 'bad')")
    mine = Note(book=2, page=1, text="mine")
    batch = AsyncBatchQuery()
    await mine.insert(batch=batch)
    await batch.execute()
    for result in (
        await mine.insert(),
        await mine.update(text="mine", if_conditions={"mood": Mood.WELL}),
        await mine.delete(if_conditions={"mood": Mood.WELL}),
        batch.result,
    ):
        assert result is not None
        assert result.applied is False
        assert result.rows[0]["mood"] == "bad"
        with pytest.raises(DecodeError, match=r"column '(mood|seen)'"):
            result.existing  # noqa: B018
    (row,) = await execute_raw("SELECT text FROM notes WHERE book = 2")
    assert row == {"text": "theirs"}


async def test_rule_27_the_error_says_how_a_row_with_nulls_comes_about():
    ghost = Note(book=3, page=1, text="x")
    await ghost.update(seen=datetime(2030, 1, 1, tzinfo=timezone.utc))
    with pytest.raises(DecodeError, match=r"column 'text' .*null.*update\(\) was called for one that was not there"):
        await Note.get(book=3, page=1)
    assert await Note.find(book=3).values_list("text", "mood").all() == [(None, Mood.GOOD)]
