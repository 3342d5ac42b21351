"""Writing and reading single documents on a real cluster, checked by reading the tables without coodie."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from coodie import (
    ConditionNotMet,
    DocumentNotFound,
    FieldNotLoaded,
    InvalidQueryError,
    LWTResult,
    MultipleDocumentsFound,
    PrimaryKey,
)
from coodie.aio import Document
from coodie.types import NaiveDatetime

from .models import Event, PageViews, Reading, User

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
EARLY, LATE = 1_700_000_000_000_000, 1_700_000_000_000_001


class Moment(Document):
    id: Annotated[UUID, PrimaryKey()]
    at: Annotated[datetime, PrimaryKey(clustering=True)]
    naive: NaiveDatetime | None = None
    several: list[datetime] = []


@pytest.fixture(autouse=True)
async def tables(connection):
    for model in (Event, PageViews, User, Reading, Moment):
        await model.sync_table()


@pytest.fixture
def stored(look):
    """One column of a user, read without coodie."""
    return lambda column, user: look(f"SELECT {column} FROM {{}}.users WHERE id = %s", user.id)[0][0]


async def test_what_is_saved_is_what_is_loaded():
    user = User(id=uuid4(), email="a@x", tags={"b", "a"}, attrs={"k": "v"}, scores=[3, 1, 3])
    await user.save()
    found = await User.get(id=user.id)
    assert found == user
    assert (type(found.tags), type(found.attrs), type(found.scores)) == (set, dict, list)
    assert await User.find_one(id=user.id) == user
    assert await User.create(id=uuid4(), email="b@x") != user


async def test_empty_collections_and_nulls_come_back_as_the_model_has_them():
    user = User(id=uuid4(), email="a@x")
    await user.save()
    found = await User.get(id=user.id)
    assert (found.nickname, found.tags, found.attrs, found.scores) == (None, set(), {}, [])


async def test_get_wants_exactly_one():
    sensor = str(uuid4())
    with pytest.raises(DocumentNotFound, match="Reading"):
        await Reading.get(sensor=sensor)
    for number in (1, 2):
        await Reading(sensor=sensor, number=number).save()
    with pytest.raises(MultipleDocumentsFound, match="Reading"):
        await Reading.get(sensor=sensor)
    assert (await Reading.get(sensor=sensor, number=2)).number == 2


async def test_insert_of_an_existing_row_gives_it_as_a_model_and_leaves_the_object_alone(spy):
    first = User(id=uuid4(), email="first@x", nickname="one", tags={"t"})
    assert (await first.insert()).applied is True
    second = User(id=first.id, email="second@x", team="red")
    before = second.model_copy(deep=True)
    result = await second.insert()
    assert type(result) is LWTResult
    assert (result.applied, bool(result)) == (False, False)
    assert type(result.existing) is User
    assert result.existing == first
    assert second == before
    assert second.model_fields_set == before.model_fields_set
    assert await User.get(id=first.id) == first
    with pytest.raises(ConditionNotMet) as lost:
        result.raise_if_lost()
    assert lost.value.existing == first
    assert spy.cql[1].endswith(" IF NOT EXISTS")


async def test_a_lost_update_tells_what_is_there_and_changes_nothing():
    user = User(id=uuid4(), email="a@x", team="red", nickname="ann")
    await user.save()
    result = await user.update(nickname="bo", if_conditions={"team": "blue"})
    assert (result.applied, user.nickname) == (False, "ann")
    assert (result.existing.id, result.existing.team) == (user.id, "red")
    with pytest.raises(FieldNotLoaded, match="nickname"):
        _ = result.existing.nickname
    assert await user.update(nickname="bo", if_conditions={"team__in": ["blue", "red"]})
    assert (user.nickname, (await User.get(id=user.id)).nickname) == ("bo", "bo")


@pytest.mark.parametrize("options", [{"if_exists": True}, {"if_conditions": {"email": "a@x"}}])
async def test_a_condition_on_a_row_that_is_not_there(options):
    user = User(id=uuid4(), email="a@x")
    for result in (await user.update(team="red", **options), await user.delete(**options)):
        assert (result.applied, result.existing, user.team) == (False, None, None)
    assert await User.find_one(id=user.id) is None


async def test_a_condition_on_null():
    user = User(id=uuid4(), email="a@x", team="red")
    await user.save()
    assert not await user.update(email="b@x", if_conditions={"team": None})
    assert await user.update(email="b@x", if_conditions={"nickname": None, "team__ne": "blue"})
    assert (await User.get(id=user.id)).email == "b@x"


async def test_a_conditional_update_to_null_is_one_update(spy, stored):
    user = User(id=uuid4(), email="a@x", team="red", nickname="ann")
    await user.save()
    spy.clear()
    assert await user.update(team=None, nickname="bo", if_conditions={"team": "red"})
    assert [text.split()[0] for text in spy.cql] == ["UPDATE"]
    assert (user.team, stored("team", user), stored("nickname", user)) == (None, None, "bo")


async def test_what_was_never_set_leaves_what_another_has_written(stored):
    user = User(id=uuid4(), email="a@x")
    await User(id=user.id, email="z@x", nickname="ann", tags={"t"}, attrs={"k": "v"}, scores=[1]).save()
    await user.save()
    assert [stored(name, user) for name in ("email", "nickname", "tags", "scores")] == ["a@x", "ann", {"t"}, [1]]
    assert stored("attrs", user) == {"k": "v"}


async def test_what_was_never_set_makes_no_tombstone_and_none_that_was_set_is_null(stored):
    # A tombstone would hide what is written later with an older timestamp.
    unset, null = User(id=uuid4(), email="a@x"), User(id=uuid4(), email="a@x", nickname=None, tags=set())
    for user in (unset, null):
        await user.save(timestamp=LATE)
        await user.update(nickname="old", timestamp=EARLY)
        await user.update({"tags__add": {"old"}}, timestamp=EARLY)
    assert (stored("nickname", unset), stored("tags", unset)) == ("old", {"old"})
    assert (stored("nickname", null), stored("tags", null)) == (None, None)
    assert (stored("WRITETIME(nickname)", unset), stored("WRITETIME(email)", unset)) == (EARLY, LATE)


async def test_a_null_that_was_loaded_is_not_sent_again(stored):
    user = User(id=uuid4(), email="a@x")
    await user.save(timestamp=EARLY)
    found = await User.get(id=user.id)
    await user.update(nickname="ann", timestamp=EARLY)
    await found.save(timestamp=LATE)
    assert stored("nickname", user) == "ann"
    found.nickname = None  # as it was loaded, so this is no change (rule 21)
    await found.save(timestamp=LATE)
    assert stored("nickname", user) == "ann"
    await found.refresh()
    found.nickname = None
    await found.save()
    assert stored("nickname", user) is None


async def test_only_then_save_leaves_the_other_columns(stored):
    user = User(id=uuid4(), email="a@x", nickname="ann", team="red", tags={"t"}, scores=[1])
    await user.save(timestamp=EARLY)
    part = await User.find(id=user.id).only("email").one()
    with pytest.raises(FieldNotLoaded, match=r"User\.nickname"):
        _ = part.nickname
    part.email = "b@x"
    part.team = None
    await part.save()
    assert [stored(name, user) for name in ("email", "nickname", "team", "tags", "scores")] == [
        *("b@x", "ann", None, {"t"}, [1])
    ]
    assert stored("WRITETIME(nickname)", user) == EARLY
    assert stored("WRITETIME(email)", user) > LATE


async def test_defer_then_save_leaves_the_deferred(stored):
    user = User(id=uuid4(), email="a@x", nickname="ann", team="red")
    await user.save(timestamp=EARLY)
    part = await User.find(id=user.id).defer("nickname", "tags").one()
    part.team = "blue"
    await part.save()
    assert stored("WRITETIME(nickname)", user) == EARLY
    assert stored("WRITETIME(email)", user) == EARLY  # it did not change
    assert stored("WRITETIME(team)", user) > LATE


async def test_update_sends_what_it_is_given(stored):
    user = User(id=uuid4(), email="a@x", nickname="ann", team="red")
    await user.save(timestamp=EARLY)
    user.nickname = "never sent"
    assert await user.update(team="blue") is None
    assert (user.team, stored("team", user), stored("nickname", user)) == ("blue", "blue", "ann")
    assert stored("WRITETIME(email)", user) == EARLY


async def test_parts_of_collections(stored):
    user = User(id=uuid4(), email="a@x", tags={"a", "b"}, attrs={"k": "v", "l": "w"}, scores=[1, 2, 1])
    await user.save()
    await user.update(tags__add={"c"}, attrs__put=("m", "x"), scores__append=[9])
    await user.update(tags__remove={"a"}, attrs__remove={"k"}, scores__prepend=[0])
    await user.update(attrs__update={"l": "y"}, scores__remove=[1])
    await user.update(scores__set=(0, 7))
    assert (user.tags, user.attrs, user.scores) == ({"b", "c"}, {"l": "y", "m": "x"}, [7, 2, 9])
    assert await User.get(id=user.id) == user
    assert stored("scores", user) == [7, 2, 9]


async def test_delete_columns_and_delete(stored, look):
    user = User(id=uuid4(), email="a@x", nickname="ann", tags={"t"}, scores=[1])
    await user.save()
    await user.delete_columns("nickname", "tags")
    assert (user.nickname, user.tags, user.scores) == (None, set(), [1])
    assert (stored("nickname", user), stored("tags", user), stored("scores", user)) == (None, None, [1])
    await user.delete()
    assert look("SELECT id FROM {}.users WHERE id = %s", user.id) == []


async def test_an_older_delete_deletes_nothing(stored):
    user = User(id=uuid4(), email="a@x")
    await user.save(timestamp=LATE)
    await user.delete(timestamp=EARLY)
    assert stored("email", user) == "a@x"
    await user.delete(timestamp=LATE)
    assert await User.find_one(id=user.id) is None


@pytest.mark.parametrize(
    "call",
    [
        lambda user: user.delete_columns(),
        lambda user: user.delete_columns("id"),
        lambda user: user.update(),
        lambda user: user.update(id=uuid4()),
        lambda user: user.update(nick="x"),
        lambda user: user.update(email=5),
        lambda user: user.update(email=None),
        lambda user: User.find().update(email="x"),
        lambda user: User.find().delete(),
        lambda user: User.find(email="a@x").delete(),
        lambda user: User.model_construct(email="x").save(),
        lambda user: user.update(email="x", timestamp=5, if_exists=True),
        lambda user: user.save(ttl=-1),
        lambda user: user.save(timestamp="now"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_sent(spy, call):
    user = User(id=uuid4(), email="a@x")
    with pytest.raises(InvalidQueryError):
        await call(user)
    assert spy.calls == []


async def test_a_changed_key_is_a_new_row():
    user = User(id=uuid4(), email="a@x")
    await user.save()
    loaded = await User.get(id=user.id)
    loaded.id = uuid4()
    await loaded.save()
    assert [(await User.get(id=each.id)).email for each in (user, loaded)] == ["a@x", "a@x"]


async def test_ttl_and_timestamp(stored):
    user = User(id=uuid4(), email="a@x")
    await user.save(ttl=1000, timestamp=EARLY)
    assert 990 <= stored("TTL(email)", user) <= 1000
    assert stored("WRITETIME(email)", user) == EARLY
    await user.update(team="red", ttl=500, timestamp=datetime(2024, 1, 15, 12, tzinfo=BERLIN))
    assert 490 <= stored("TTL(team)", user) <= 500
    assert stored("WRITETIME(team)", user) == 1_705_316_400_000_000
    other = User(id=uuid4(), email="b@x")
    assert await other.insert(ttl=700)
    assert 690 <= stored("TTL(email)", other) <= 700


async def test_the_number_of_prepared_texts_is_the_number_of_shapes(prepared):
    before = set(prepared())
    sensor = str(uuid4())
    for number in range(1, 101):
        await Reading(sensor=sensor, number=number, value=1.0).save(ttl=1000 + number, timestamp=EARLY + number)
        await Reading.find(sensor=sensor, number__in=list(range(number))).limit(number).all()
        await Reading(sensor=sensor, number=number).update(value=number / 2, ttl=number)
        await Reading.find(sensor=sensor, number__gte=number).count()
    assert len(set(prepared()) - before) == 4


async def test_static_columns_belong_to_the_partition():
    sensor = str(uuid4())
    await Reading(sensor=sensor, number=1, value=1.0).save()
    await Reading(sensor=sensor, number=2, unit="°C", value=2.0).save()
    assert [(row.number, row.unit) async for row in Reading.find(sensor=sensor)] == [(1, "°C"), (2, "°C")]
    await Reading(sensor=sensor, number=1).update(unit="K")
    assert [row.unit async for row in Reading.find(sensor=sensor)] == ["K", "K"]


async def test_counters(look):
    page = PageViews(url=str(uuid4()))
    assert page.views is None
    await page.increment(views=3)
    await page.decrement(views=1, clicks=2)
    found = await PageViews.get(url=page.url)
    assert (found.views, found.clicks, page.views) == (2, -2, None)
    assert look("SELECT views FROM {}.page_views WHERE url = %s", page.url) == [(2,)]
    await page.delete()
    assert await PageViews.find_one(url=page.url) is None


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (datetime(2024, 1, 15, 12, tzinfo=BERLIN), datetime(2024, 1, 15, 11)),
        (datetime(2024, 7, 15, 12, tzinfo=BERLIN), datetime(2024, 7, 15, 10)),
        (datetime(2024, 3, 31, 1, 59, 59, tzinfo=BERLIN), datetime(2024, 3, 31, 0, 59, 59)),
        (datetime(2024, 3, 31, 3, tzinfo=BERLIN), datetime(2024, 3, 31, 1)),
        (datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN), datetime(2024, 10, 27, 0, 30)),
        (datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=BERLIN), datetime(2024, 10, 27, 1, 30)),
        (datetime(2024, 1, 15, 12, tzinfo=NEW_YORK), datetime(2024, 1, 15, 17)),
        (datetime(2024, 7, 15, 12, tzinfo=NEW_YORK), datetime(2024, 7, 15, 16)),
        (datetime(2024, 11, 3, 1, 30, tzinfo=NEW_YORK), datetime(2024, 11, 3, 5, 30)),
        (datetime(2024, 11, 3, 1, 30, fold=1, tzinfo=NEW_YORK), datetime(2024, 11, 3, 6, 30)),
        (datetime(2024, 7, 15, 12), datetime(2024, 7, 15, 12)),
        (datetime(2024, 7, 15, 12, 0, 0, 123_999, timezone.utc), datetime(2024, 7, 15, 12, 0, 0, 123_000)),
        (datetime(1969, 12, 31, 23, 59, 59, 1_999), datetime(1969, 12, 31, 23, 59, 59, 1_000)),
        (datetime(1677, 1, 1, 0, 0, 0, 1_000), datetime(1677, 1, 1, 0, 0, 0, 1_000)),
        (datetime(2262, 12, 31, 23, 59, 59, 999_000), datetime(2262, 12, 31, 23, 59, 59, 999_000)),
        (datetime(1, 1, 1), datetime(1, 1, 1)),
        (datetime(9999, 12, 31, 23, 59, 59, 999_000), datetime(9999, 12, 31, 23, 59, 59, 999_000)),
    ],
)
async def test_moments_are_kept_in_utc(look, given, wanted):
    moment = Moment(id=uuid4(), at=given, naive=wanted, several=[given])
    await moment.save()
    ((text,),) = look("SELECT CAST(toUnixTimestamp(at) AS text) FROM {}.moment WHERE id = %s", moment.id)
    utc = wanted.replace(tzinfo=timezone.utc)
    assert int(text) == (utc - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
    found = await Moment.get(id=moment.id, at=given)
    assert found == moment
    assert (found.at, found.at.tzinfo, found.naive, found.several) == (utc, timezone.utc, wanted, [utc])
    assert found.naive.tzinfo is None


async def test_a_moment_is_found_in_any_zone():
    key = uuid4()
    for hour in range(24):
        await Moment(id=key, at=datetime(2024, 3, 31, hour, tzinfo=timezone.utc)).save()
    start, end = datetime(2024, 3, 31, 1, tzinfo=BERLIN), datetime(2024, 3, 31, 4, tzinfo=BERLIN)
    found = [moment.at.hour async for moment in Moment.find(id=key, at__gte=start, at__lt=end)]
    assert found == [0, 1]
