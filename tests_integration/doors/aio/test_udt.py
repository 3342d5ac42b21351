"""User-defined types on a real cluster: nested, as keys, one field at a time, and grown after rows were written."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar
from uuid import UUID, uuid4

import pytest
from pydantic import ConfigDict, Field

from coodie import (
    ClusteringKey,
    DecodeError,
    FieldNotLoaded,
    Frozen,
    InvalidQueryError,
    PrimaryKey,
    SchemaMismatch,
    Static,
    UserType,
)
from coodie.aio import AsyncBatchQuery, Document, execute_raw, sync_type
from coodie.fields import Column, SmallInt

from .kinds import exactly

T = TypeVar("T")


class Street(UserType):
    model_config = ConfigDict(frozen=True)
    name: str
    number: Annotated[int | None, SmallInt()] = None


class Address(UserType):
    street: Street | None = None
    zip: Annotated[str, Field(max_length=5)] = "?"
    notes: list[str] = []

    class Settings:
        type_name = "postal_address"


class Point(UserType):
    x: int
    y: int


class Range(UserType, Generic[T]):
    start: T
    end: T | None = None


class Person(Document):
    id: Annotated[UUID, PrimaryKey()]
    home: Address | None = None
    work: Annotated[Address | None, Frozen(False)] = None
    place: Annotated[Point | None, Frozen(False)] = None
    streets: set[Street] = set()
    former: list[Address] = []
    by_street: dict[Street, Address] = {}
    years: Range[int] | None = None
    path: tuple[Point, Point | None] | None = None

    class Settings:
        name = "people"


class House(Document):
    street: Annotated[Street, PrimaryKey()]
    near: Annotated[frozenset[Street], ClusteringKey()]
    corner: Annotated[tuple[Street, int], ClusteringKey(order="DESC")]
    owner: Annotated[Address | None, Static(), Frozen(False)] = None
    floors: int = 1

    class Settings:
        name = "houses"


class Group(UserType):
    model_config = ConfigDict(frozen=True)
    members: frozenset[int]


class Meeting(Document):
    id: Annotated[UUID, PrimaryKey()]
    group: Group | None = None
    groups: set[Group] = set()
    seats: dict[tuple[frozenset[int], int], int] = {}


@pytest.fixture(autouse=True)
async def tables(connection):
    for model in (Person, House, Meeting):
        await model.sync_table()


@pytest.fixture
def stored(look):
    return lambda column, person: look(f"SELECT {column} FROM {{}}.people WHERE id = %s", person.id)[0][0]


@pytest.fixture
def type_fields(look):
    def ask(name):
        question = (
            "SELECT field_names, field_types FROM system_schema.types WHERE keyspace_name = '{}' AND type_name = "
        )
        ((names, types),) = look(f"{question}'{name}'")
        return dict(zip(names, types, strict=True))

    return ask


FULL = {
    "home": Address(street=Street(name="Main", number=1), zip="10115", notes=["a", "b"]),
    "work": Address(street=Street(name="Side")),
    "place": Point(x=1, y=-1),
    "streets": {Street(name="Main", number=1), Street(name="Side")},
    "former": [Address(), Address(zip="1", notes=["x"])],
    "by_street": {Street(name="Main"): Address(zip="2")},
    "years": Range[int](start=1990),
    "path": (Point(x=0, y=0), None),
}


async def test_nested_types_in_and_around_collections(type_fields):
    person = Person(id=uuid4(), **FULL)
    await person.save()
    assert exactly(await Person.get(id=person.id)) == exactly(person)
    for name in FULL:
        part = await Person.find(id=person.id).only(name).one()
        assert exactly(getattr(part, name)) == exactly(getattr(person, name))
    assert type_fields("postal_address") == {"street": "frozen<street>", "zip": "text", "notes": "frozen<list<text>>"}
    assert type_fields("range_int") == {"start": "bigint", "end": "bigint"}


async def test_parts_of_collections_of_types():
    person = Person(id=uuid4(), **FULL)
    await person.save()
    await person.update(
        streets__add=[{"name": "New"}],
        former__append=[Address(zip="3")],
        by_street__put=(Street(name="New"), {"zip": "4"}),
    )
    await person.update(
        streets__remove=[Street(name="Side")], former__remove=[Address()], by_street__remove=[Street(name="Main")]
    )
    await person.update(former__set=(0, Address(zip="5")), by_street__update={Street(name="Old"): Address()})
    assert person.streets == {Street(name="Main", number=1), Street(name="New")}
    assert person.former == [Address(zip="5"), Address(zip="3")]
    assert person.by_street == {Street(name="New"): Address(zip="4"), Street(name="Old"): Address()}
    assert exactly(await Person.get(id=person.id)) == exactly(person)


async def test_a_type_in_a_key_and_in_a_static_column():
    house = House(street=Street(name="Main"), near=frozenset({Street(name="Side")}), corner=(Street(name="A"), 1))
    other = House(street=house.street, near=frozenset(), corner=(Street(name="B", number=2), 2))
    await house.save()
    await other.save()
    key = {"street": house.street, "near": house.near, "corner": house.corner}
    assert exactly(await House.get(**key)) == exactly(house)
    assert len(await House.find(street__in=[house.street, Street(name="None")]).all()) == 2
    await house.update(owner={"zip": "7"})
    await house.update(owner__notes=["seven"])
    await House.find(**key).update(floors=3)
    found = await House.get(street=other.street, near=other.near, corner=other.corner)
    assert found.owner == house.owner == Address(zip="7", notes=["seven"])
    async with AsyncBatchQuery() as batch:
        await house.delete(batch=batch)
        await other.update(floors=9, batch=batch)
    assert [each.floors for each in await House.find(street=house.street).all()] == [9]
    await House.find(street=house.street).delete()
    assert await House.find(street=house.street).all() == []


async def test_equal_sets_inside_of_types_and_tuples_are_one_value_in_whatever_order():
    # Python goes through these two in different orders, and the server sorts no set that is inside of such a value.
    one, same = frozenset({8, 0}), frozenset({0, 8})
    assert (one, [*one]) != (same, [*same])
    meeting = Meeting(id=uuid4(), group=Group(members=one), groups={Group(members=one)}, seats={(one, 1): 1})
    await meeting.save()
    await meeting.update(groups__add={Group(members=same)}, seats__put=((same, 1), 2))
    ((groups, seats),) = await Meeting.find(id=meeting.id).values_list("groups", "seats").all()
    assert (groups, seats) == ({Group(members=one)}, {(one, 1): 2})
    assert (await meeting.update(if_conditions={"group": Group(members=same)}, group=None)).applied
    await meeting.update(groups__remove={Group(members=same)}, seats__remove=[(same, 1)])
    assert exactly(await Meeting.get(id=meeting.id)) == exactly(Meeting(id=meeting.id))


async def test_single_fields_of_what_is_not_frozen(spy, stored):
    person = Person(id=uuid4(), work=Address(street=Street(name="Side"), zip="1", notes=["n"]))
    await person.save()
    spy.clear()
    await person.update(work__zip="2")
    assert spy.cql[0].endswith(".people SET work.zip = ? WHERE id = ?")
    await person.update(work__street={"name": "New", "number": 5}, work__notes=[])
    assert person.work == Address(street=Street(name="New", number=5), zip="2", notes=[])
    assert exactly(await Person.get(id=person.id)) == exactly(person)
    await person.update(work__street=None)
    assert (person.work.street, stored("work.street", person)) == (None, None)
    # Two writers of two fields do not disturb each other, as two of a whole value would.
    await (await Person.get(id=person.id)).update(work__notes=["theirs"])
    await person.update(work__zip="3")
    found = await Person.get(id=person.id)
    assert (found.work.zip, found.work.notes, person.work.notes) == ("3", ["theirs"], [])


async def test_a_single_field_of_a_value_that_was_null_is_not_wiped_by_a_save(stored):
    person = Person(id=uuid4(), work=None, place=None)
    await person.save()
    await person.update(work__zip="2", place__x=1)
    assert person.work == Address(zip="2")
    await person.save()
    assert (stored("work.zip", person), stored("place.x", person)) == ("2", 1)
    with pytest.raises(DecodeError, match=r"column 'place' .*place\.y: Field required"):
        await Person.get(id=person.id)
    await person.update(place__y=2)
    assert (await Person.get(id=person.id)).place == Point(x=1, y=2)


async def test_a_single_field_where_the_value_was_not_loaded():
    person = Person(id=uuid4(), work=Address(zip="1"))
    await person.save()
    part = await Person.find(id=person.id).only("home").one()
    await part.update(work__notes=["n"])
    with pytest.raises(FieldNotLoaded):
        _ = part.work
    await part.save()
    assert (await Person.get(id=person.id)).work == Address(zip="1", notes=["n"])


@pytest.mark.parametrize(
    ("sets", "why"),
    [
        ({"home__zip": "1"}, r"Person\.home is frozen.*Frozen\(False\)"),
        ({"work__zipp": "1"}, "no field 'zipp'; it has: street, zip, notes"),
        ({"work__zip": "123456"}, r"Person\.work\.zip: String should have at most 5"),
        ({"work": {"zip": "123456"}}, r"Person\.work: at zip: String should have at most 5"),
        ({"former__append": [{"zip": "123456"}]}, r"Person\.former: .*at most 5"),
        ({"work__zip": "1", "work": None}, "column 'work' is named twice"),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_sent(spy, sets, why):
    with pytest.raises(InvalidQueryError, match=why):
        await Person(id=uuid4()).update(sets)
    assert spy.calls == []


async def test_conditions_on_whole_values():
    person = Person(id=uuid4(), home=Address(zip="1"), work=Address(zip="2"))
    await person.save()
    assert not await person.update(years=None, if_conditions={"home": Address(zip="0")})
    lost = await person.update(years=None, if_conditions={"work": Address(zip="0")})
    assert lost.existing.work == Address(zip="2")
    assert await person.update(home={"zip": "3"}, if_conditions={"home": {"zip": "1"}, "work": {"zip": "2"}})
    assert (await Person.get(id=person.id)).home == Address(zip="3")


def models(kind):
    """Two ages of one type, and of the table that holds it, under names of their own."""

    class Old(UserType):
        name: str = "?"

        class Settings:
            type_name = f"{kind}_type"

    class New(UserType):
        name: str = "?"
        country: str = "de"
        codes: set[int]
        note: str | None = None

        class Settings:
            type_name = f"{kind}_type"

    def table(part):
        class Holder(Document):
            id: Annotated[UUID, PrimaryKey()]
            one: part | None = None
            loose: Annotated[part | None, Frozen(False)] = None
            many: list[part] = []

            class Settings:
                name = f"{kind}_holders"

        return Holder

    return Old, New, table(Old), table(New)


async def test_a_type_that_grew_is_read_by_old_and_new_models(type_fields, spy):
    old, new, old_holder, new_holder = models("grown")
    await old_holder.sync_table()
    before = old_holder(id=uuid4(), one=old(name="a"), loose=old(name="b"), many=[old(name="c")])
    await before.save()
    assert exactly(await old_holder.get(id=before.id)) == exactly(before)
    texts = await new_holder.sync_table()
    assert [text.split(" ADD ")[1] for text in texts] == ["country text", "codes frozen<set<bigint>>", "note text"]
    assert await new_holder.sync_table() == await old_holder.sync_table() == []
    assert type_fields("grown_type") == {
        "name": "text",
        "country": "text",
        "codes": "frozen<set<bigint>>",
        "note": "text",
    }
    # What was written before has defaults, and an empty collection where there is none.
    found = await new_holder.get(id=before.id)
    assert found.one == new(name="a", country="de", codes=set())
    assert exactly(found.loose) == exactly(new(name="b", codes=set()))
    assert found.many == [new(name="c", codes=set())]
    after = new_holder(id=uuid4(), one=new(name="d", country="fr", codes={1}, note="n"), loose=new(codes={2}))
    await after.save()
    assert exactly(await new_holder.get(id=after.id)) == exactly(after)
    # The old model reads what the new one wrote, by name.
    seen = await old_holder.get(id=after.id)
    assert (seen.one, seen.loose) == (old(name="d"), old(name="?"))
    await seen.update(loose__name="e")
    assert (await new_holder.get(id=after.id)).loose == new(name="e", codes={2})


async def test_a_field_that_the_server_lacks_is_named_before_anything_is_written(look):
    _, new, old_holder, new_holder = models("lacking")
    await old_holder.sync_table()
    row = new_holder(id=uuid4(), one=new(codes={1}))
    with pytest.raises(InvalidQueryError, match=r"one \((frozen<)?lacking_type>?\): .* name, not country, codes, note"):
        await row.save()
    assert await old_holder.find_one(id=row.id) is None
    await new_holder.sync_table()
    await row.save()
    assert (await new_holder.get(id=row.id)).one == row.one


async def test_a_type_alone_is_made_and_grows(type_fields):
    old, new, _, _ = models("alone")
    assert len(await sync_type(old)) == 1
    assert await sync_type(old) == []
    assert len(await sync_type(new)) == 3
    assert [*type_fields("alone_type")] == ["name", "country", "codes", "note"]


async def test_a_type_of_another_shape_is_reported():
    class Other(UserType):
        x: str
        y: int

        class Settings:
            type_name = "point"

    with pytest.raises(SchemaMismatch, match=r"(?s)point.*x.*text.*bigint"):
        await sync_type(Other)


async def test_a_type_is_used_raw(keyspace):
    key = uuid4()
    await execute_raw("INSERT INTO people (id, home) VALUES (?, {zip: '9', street: {name: 'Raw'}})", [key])
    found = await Person.get(id=key)
    assert found.home == Address(zip="9", street=Street(name="Raw"))


class Parcel(UserType):
    number: Annotated[int, Column(name="Parcel No")]
    class_: Annotated[str | None, Column(name="class")] = None


class Shelf(Document):
    id: Annotated[UUID, PrimaryKey()]
    first: Annotated[Parcel | None, Frozen(False)] = None
    rest: list[Parcel] = []


async def test_fields_with_other_names_on_the_server(look):
    await Shelf.sync_table()
    await Shelf.verify_table(exact=False)
    shelf = Shelf(id=uuid4(), first=Parcel(number=1), rest=[Parcel(number=2, class_="b")])
    await shelf.save()
    await shelf.update(first__class_="a")
    assert await Shelf.get(id=shelf.id) == shelf
    assert look('SELECT first."Parcel No", first.class FROM {}.shelf WHERE id = %s', shelf.id) == [(1, "a")]
