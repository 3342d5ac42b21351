"""What an update makes of the document in memory (rules 21 and 24)."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Annotated

import pytest
from doors.aio.known_rows import ROW, Address, User, load, sent
from pydantic import AfterValidator, ConfigDict, Field

from coodie.aio import AsyncBatchQuery, Document
from coodie.exceptions import FieldNotLoaded, InvalidQueryError
from coodie.fields import ClusteringKey, Frozen, PrimaryKey, Static, Vector
from coodie.testing import RecordingDriver


class WithDefaults(Document):
    id: Annotated[int, PrimaryKey()]
    tags: set[str] = {"new"}
    home: Annotated[Address, Frozen(False)] = Address(zip="0")
    vector: Annotated[list[float], Vector(2)] = [0.0, 0.0]
    when: datetime = datetime(2024, 1, 1, tzinfo=timezone.utc)


class Meanwhile(RecordingDriver):
    """A recorder that does something while a call is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.act: Callable[[], object] = list

    async def aexecute(self, request):
        self.act()
        return await super().aexecute(request)


@pytest.mark.parametrize(
    "given",
    [
        {"tags__add": {"c"}},
        {"tags__remove": {"c"}},
        {"items__append": [1]},
        {"items__prepend": [1]},
        {"items__set": (0, 1)},
        {"attrs__put": ("k", "v")},
        {"attrs__update": {"k": "v"}},
        {"attrs__remove": {"k"}},
        {"home__zip": "1"},
    ],
)
@pytest.mark.parametrize("way", ["alone", "conditional", "batch"])
async def test_rule_24_an_operator_on_the_unknown_leaves_it_unknown(coodie_recorder, given, way):
    user = User(id=1)
    before = user.model_dump()
    if way == "batch":
        async with AsyncBatchQuery() as batch:
            await user.update(given, batch=batch)
    elif way == "conditional":
        coodie_recorder.on("update").applied()
        assert await user.update(given, if_exists=True)
    else:
        await user.update(given)
    assert user.model_dump() == before
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "nobody"}
    await user.update(given, timestamp=1)
    assert user.model_dump() == before
    assert await sent(coodie_recorder, user, full=True) == {"id": 1, "name": "nobody"}


async def test_rule_24_a_default_with_something_in_it_is_not_loaded_either(coodie_recorder):
    document = WithDefaults(id=1)
    await document.update(tags__add={"c"}, home__street="s")
    assert (document.tags, document.home) == ({"new"}, Address(zip="0"))
    assert (await sent(coodie_recorder, document)).keys() == {"id", "vector", "when"}
    assert await sent(coodie_recorder, document) is None
    document.tags.add("d")
    assert await sent(coodie_recorder, document) == {"id": 1, "tags": {"new", "d"}}


@pytest.mark.parametrize(
    ("given", "name", "after"),
    [
        ({"tags__add": {"c"}}, "tags", {"a", "c"}),
        ({"tags__remove": {"a"}}, "tags", set()),
        ({"items__append": [2]}, "items", [1, 2]),
        ({"items__prepend": [2]}, "items", [2, 1]),
        ({"items__set": (0, 2)}, "items", [2]),
        ({"items__remove": [1]}, "items", []),
        ({"attrs__put": ("l", "w")}, "attrs", {"k": "v", "l": "w"}),
        ({"attrs__remove": {"k"}}, "attrs", {}),
        ({"home__zip": "2"}, "home", Address(street="s", zip="2")),
        ({"tags": {"z"}}, "tags", {"z"}),
        ({"tags": None}, "tags", set()),
        ({"note": None}, "note", None),
    ],
)
async def test_rule_24_an_operator_on_the_known_keeps_it_known(coodie_recorder, given, name, after):
    user = await load(coodie_recorder, ROW)
    user.name = "bo"
    await user.update(given)
    assert getattr(user, name) == after
    assert user.changes() == {"name"}
    user.rollback()
    assert (getattr(user, name), user.name) == (after, "ann")


async def test_rule_24_an_operator_on_a_loaded_null_makes_it_known(coodie_recorder):
    user = await load(coodie_recorder, {"id": 1})
    await user.update(tags__add={"c"}, items__append=[1], attrs__put=("k", "v"), home__zip="1")
    assert (user.tags, user.items, user.attrs, user.home) == ({"c"}, [1], {"k": "v"}, Address(zip="1"))
    assert user.changes() == set()
    document = await load(coodie_recorder, {"id": 1}, model=WithDefaults)
    await document.update(home__street="s")
    assert document.home == Address(street="s", zip=None), "the default was never on the server"


@pytest.mark.parametrize("new", [True, False])
async def test_rule_21_an_operator_on_a_change_acts_on_both_and_leaves_it_a_change(coodie_recorder, new):
    user = User(id=1, tags={"x"}, name="ann") if new else await load(coodie_recorder, ROW)
    user.tags = {"b"}
    await user.update(tags__add={"c"})
    assert coodie_recorder.last.params["tags"] == {"c"}
    assert user.tags == {"b", "c"}
    assert "tags" in user.changes()
    assert (await sent(coodie_recorder, user))["tags"] == {"b", "c"}
    assert user.changes() == set()


async def test_rule_21_an_operator_on_a_default_that_was_changed_in_place_leaves_it_a_change(coodie_recorder):
    user = User(id=1)
    user.tags.add("a")
    await user.update(tags__add={"c"})
    assert user.tags == {"a", "c"}
    assert (await sent(coodie_recorder, user))["tags"] == {"a", "c"}


async def test_rule_21_deleted_columns_are_as_when_a_null_is_loaded(coodie_recorder):
    class Strict(User):
        must: str
        address: Annotated[Address, Frozen(False)] = Address(zip="0")

    strict = await load(coodie_recorder, ROW | {"must": "m", "address": {"street": "s", "zip": "1"}}, model=Strict)
    await strict.delete_columns("name", "note", "tags", "must", "address")
    assert (strict.name, strict.note, strict.tags, strict.address) == ("nobody", None, set(), Address(zip="0"))
    with pytest.raises(FieldNotLoaded, match=r"Strict\.must"):
        _ = strict.must
    assert strict.changes() == set()
    assert (await sent(coodie_recorder, strict, full=True)).keys() == {"id", "items", "attrs", "home"}
    strict.must = "n"
    assert await sent(coodie_recorder, strict) == {"id": 1, "must": "n"}


class Strict(User):
    must: str
    loud: Annotated[str, AfterValidator(str.upper)] = "X"


async def test_rule_21_a_deleted_collection_is_null_and_an_empty_one_no_change(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    await user.delete_columns("tags", "items")
    user.tags, user.items = set(), []
    assert await sent(coodie_recorder, user) is None
    user.tags = {"b"}
    assert await sent(coodie_recorder, user) == {"id": 1, "tags": {"b"}}


class Reading(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    room: Annotated[str | None, Static()] = None
    value: int | None = None
    tags: set[str] = set()


READING = {"sensor": 1, "at": 1, "room": "r", "value": 1, "tags": {"a"}}


@pytest.mark.parametrize("way", ["alone", "conditional", "batch"])
async def test_rule_21_an_update_under_a_changed_key_says_nothing_of_the_row_that_was_loaded(coodie_recorder, way):
    async def load_again():
        coodie_recorder.on("select").returns([READING])
        return await Reading.get(sensor=1, at=1)

    async def update(document, **sets):
        if way == "batch":
            async with AsyncBatchQuery() as batch:
                await document.update(sets, batch=batch)
        else:
            coodie_recorder.on("update").applied() if way == "conditional" else None
            await document.update(sets, if_exists=way == "conditional")

    reading = await load_again()
    reading.at = 2
    await update(reading, value=2, tags__add={"b"})
    assert (reading.value, reading.tags) == (2, {"a", "b"})
    reading.rollback()
    assert (reading.at, reading.value, reading.tags) == (1, 1, {"a"})

    reading = await load_again()
    reading.at = 2
    await update(reading, value=2)
    reading.at = 1
    assert reading.changes() == {"value"}, "the row with this key has the old value"

    reading = await load_again()
    reading.at = 2
    await update(reading, room="s")
    reading.at = 1
    assert reading.changes() == set(), "a static column is the partition's"


async def test_rule_21_a_delete_under_a_changed_key_is_of_another_row(coodie_recorder):
    user = await load(coodie_recorder, ROW)
    user.id = 2
    await user.delete()
    user.rollback()
    user.name = "bo"
    assert await sent(coodie_recorder, user) == {"id": 1, "name": "bo"}


async def test_rule_21_a_field_that_was_set_meanwhile_is_not_overwritten_by_an_update():
    with Meanwhile() as recorder:
        user = await load(recorder, ROW)

        def change():
            user.note = "z"
            user.tags.add("b")

        recorder.act = change
        await user.update(note="y", name="bo", tags={"c"})
        recorder.act = list
        assert (user.note, user.name, user.tags) == ("z", "bo", {"a", "b"})
        assert await sent(recorder, user) == {"id": 1, "note": "z", "tags": {"a", "b"}}


# The ways back


# Frozen documents


class Icy(Document):
    model_config = ConfigDict(frozen=True)
    id: Annotated[int, PrimaryKey()]
    name: str = "x"
    tags: frozenset[str] = frozenset()
    marks: Annotated[set[str], Field(frozen=True)] = {"new"}


async def test_a_frozen_document_is_not_changed_by_an_update(coodie_recorder):
    icy = await load(coodie_recorder, {"id": 1, "name": "ann", "marks": {"a"}}, model=Icy)
    before = (hash(icy.name), icy.model_dump(), set(icy.model_fields_set))
    await icy.update(name="bo", marks__add={"b"})
    await icy.delete_columns("name")
    assert (hash(icy.name), icy.model_dump(), set(icy.model_fields_set)) == before
    assert await sent(coodie_recorder, icy) is None, "what it holds is old, and no change"
    assert await sent(coodie_recorder, icy.model_copy(update={"tags": frozenset("c")})) == {"id": 1, "tags": {"c"}}


async def test_a_frozen_document_sends_no_default_after_an_update(coodie_recorder):
    icy = Icy(id=1)
    await icy.update(name="bo", marks__add={"b"})
    assert icy == Icy(id=1)
    assert await sent(coodie_recorder, icy) == {"id": 1}


async def test_a_frozen_document_has_no_way_back(coodie_recorder):
    icy = await load(coodie_recorder, {"id": 1, "name": "ann"}, model=Icy)
    with pytest.raises(InvalidQueryError, match=r"Icy is frozen, and rollback\(\) would change it"):
        icy.rollback()
    with pytest.raises(InvalidQueryError, match=r"Icy is frozen, and refresh\(\) would change it"):
        await icy.refresh()
