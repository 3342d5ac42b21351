"""User-defined types: what is sent of one, what is made of one that is older or newer, and single fields of it."""

import sys
from typing import Annotated, Generic, TypeVar

import pytest
from pydantic import Base64Bytes, ConfigDict, Json
from typing_extensions import TypeAliasType

from coodie.cql.names import UNREADABLE_TYPES
from coodie.cql.types import Udt, parse_type
from coodie.drivers import UNSET
from coodie.exceptions import DecodeError, FieldNotLoaded, InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Column, Frozen, Indexed, PrimaryKey, SmallInt, Static
from coodie.sync import Document
from coodie.types import cql_type_of
from coodie.usertype import UserType

T = TypeVar("T")


class Street(UserType):
    model_config = ConfigDict(frozen=True)
    name: str
    number: Annotated[int | None, SmallInt()] = None


class Address(UserType):
    street: Street | None = None
    zip: str = "?"
    notes: list[str] = []

    class Settings:
        type_name = "postal_address"


class Point(UserType):
    x: int
    y: int


class Person(Document):
    id: Annotated[int, PrimaryKey()]
    home: Address | None = None
    work: Annotated[Address | None, Frozen(False)] = None
    place: Annotated[Point | None, Frozen(False)] = None
    places: Annotated[list[int] | None, Frozen(False)] = None


def test_a_type_is_called_as_its_class_or_as_its_settings_say():
    class PairOf(UserType, Generic[T]):
        one: T
        two: T

    assert [kind.type_name() for kind in (Street, Address, PairOf[int])] == ["street", "postal_address", "pair_of_int"]
    assert str(cql_type_of(list[Address])) == "list<frozen<postal_address>>"
    assert str(cql_type_of(dict[Street, PairOf[str]])) == "map<frozen<street>, frozen<pair_of_str>>"


def test_types_are_made_first_and_each_once(coodie_recorder):
    assert Person.sync_table(dry_run=True) == [
        "CREATE TYPE IF NOT EXISTS street (name text, number smallint)",
        "CREATE TYPE IF NOT EXISTS postal_address (street frozen<street>, zip text, notes frozen<list<text>>)",
        "CREATE TYPE IF NOT EXISTS point (x bigint, y bigint)",
        "CREATE TABLE IF NOT EXISTS person (id bigint, home frozen<postal_address>, work postal_address, place point, "
        "places list<bigint>, PRIMARY KEY (id))",
    ]


@pytest.mark.parametrize("marker", [PrimaryKey(), Static(), Indexed()])
def test_a_field_of_a_type_is_no_column(marker):
    class Odd(UserType):
        a: Annotated[int, marker]

    with pytest.raises(ModelError, match=r"field a of the user-defined type Odd: .*\(\) means nothing"):
        cql_type_of(Odd)


def test_all_fields_are_sent_and_nested_ones_as_they_are(coodie_recorder):
    Person(id=1, home=Address(street=Street(name="Main", number=1))).save()
    assert coodie_recorder.last.params["home"] == {"street": {"name": "Main", "number": 1}, "zip": "?", "notes": []}


def test_a_value_of_an_older_type_takes_defaults(coodie_recorder):
    class Small(UserType):
        zip: str = "?"
        codes: set[int]
        table: dict[str, int]
        note: str | None = "none"

    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        at: Small

    old = {"zip": None, "codes": None, "table": None, "note": None}
    for stored in (old, {"zip": None}, {"zip": "1", "codes": {5}, "table": {"a": 1}, "note": "x"}):
        coodie_recorder.on("select", table=Row).returns([{"id": 1, "at": stored}])
    found = [Row.get(id=1).at for _ in range(3)]
    assert found == [
        Small(zip="?", codes=set(), table={}, note=None),
        Small(zip="?", codes=set(), table={}, note="none"),
        Small(zip="1", codes={5}, table={"a": 1}, note="x"),
    ]
    assert (type(found[0].codes), type(found[0].table)) == (set, dict)


def test_a_value_without_a_field_that_must_be_there_is_named(coodie_recorder):
    coodie_recorder.on("select", table=Person).returns([{"id": 1, "place": {"x": 1, "y": None}}])
    with pytest.raises(DecodeError, match=r"column 'place' .*place\.y: Field required") as caught:
        Person.get(id=1)
    assert (caught.value.key, caught.value.column) == ({"id": 1}, "place")


def test_a_single_field_is_set_on_the_server_and_in_memory(coodie_recorder):
    person = Person(id=1, work=Address(zip="1", notes=["n"]))
    before = person.work
    person.update(work__zip="2", work__street={"name": "Main"})
    assert coodie_recorder.last.cql == "UPDATE person SET work.zip = ?, work.street = ? WHERE id = ?"
    assert person.work == Address(zip="2", street=Street(name="Main"), notes=["n"])
    assert before == Address(zip="1", notes=["n"]), "values of user-defined types are not changed in place"
    person.update(work__street=None)
    assert person.work.street is None


def test_a_single_field_of_a_value_that_was_null_is_not_wiped_by_a_save(coodie_recorder):
    person = Person(id=1, work=None, place=None)
    person.update(work__zip="2", place__x=1)
    assert person.work == Address(zip="2")
    person.save()
    sent = coodie_recorder.last.params
    assert sent["work"] == {"street": None, "zip": "2", "notes": []}
    assert sent["place"] is UNSET, "nobody knows its y"


def test_a_single_field_set_to_null_makes_no_value_of_one_that_was_null(coodie_recorder):
    person = Person(id=1)
    person.update(work__street=None)
    assert person.work is None
    person.save()
    assert coodie_recorder.last.params["work"] is UNSET


def test_an_element_beyond_the_list_in_memory_tells_that_the_list_is_another(coodie_recorder):
    person = Person(id=1, places=[1, 2])
    person.update(places__set=(1, 5))
    assert person.places == [1, 5]
    person.update(places__set=(4, 9))
    with pytest.raises(FieldNotLoaded, match="places"):
        _ = person.places
    person.save()
    assert coodie_recorder.last.params["places"] is UNSET


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"home__zip": "1"}, r"Person\.home is frozen.*Frozen\(False\)"),
        ({"work__zipp": "1"}, "type postal_address has no field 'zipp'; it has: street, zip, notes"),
        ({"work__zip": 5}, r"Person\.work\.zip: Input should be a valid string"),
        ({"work__zip": None}, r"Person\.work\.zip"),
        ({"work__street": {"name": 5}}, r"Person\.work\.street: .*name: Input should be"),
    ],
)
def test_a_single_field_that_cannot_be_set(coodie_recorder, sets, message):
    with pytest.raises(InvalidQueryError, match=message):
        Person(id=1).update(sets)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("value", [{"zip": "1"}, "Main street", 5, Point(x=1, y=2)])
def test_what_was_assigned_without_validation_is_named(coodie_recorder, value):
    person = Person(id=1)
    person.home = value
    with pytest.raises(InvalidQueryError, match=rf"Person\.home: it does not take an? {type(value).__name__}"):
        person.save()
    assert coodie_recorder.calls == []


def test_a_key_that_was_assigned_without_validation_is_named(coodie_recorder):
    class Visit(Document):
        street: Annotated[Street, PrimaryKey()]
        n: int = 0

    visit = Visit(street=Street(name="Main"))
    visit.street = "Main"
    for call in (visit.save, visit.delete, lambda: visit.update(n=1)):
        with pytest.raises(InvalidQueryError, match=r"Visit\.street: it does not take a str"):
            call()
    assert coodie_recorder.calls == []


def test_what_pydantic_recodes_may_stand_in_a_type(coodie_recorder):
    class Parcel(UserType):
        label: Json[list[int]]
        seal: Base64Bytes | None = None

    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        parcel: Parcel

    row = Row(id=1, parcel={"label": "[1,2]", "seal": b"aGVsbG8="})
    row.save()
    sent = coodie_recorder.last.params
    assert sent["parcel"] == {"label": "[1,2]", "seal": b"aGVsbG8="}
    coodie_recorder.on("select", table=Row).returns([sent])
    assert Row.get(id=1) == row


K = TypeVar("K")
Back = TypeAliasType("Back", dict[T, K], type_params=(K, T))
Same = TypeAliasType("Same", T, type_params=(T,))


def test_aliases_with_parameters_are_filled_in_by_name():
    class Shelf(UserType):
        back: Back[int, str]
        same: Same[Back[Street, Same[bool]]]

    assert str(cql_type_of(Back[int, str])) == "map<text, bigint>"
    assert str(cql_type_of(Same[list[Same[int]]])) == "list<bigint>"
    assert str(cql_type_of(Same[Back[Street, Same[bool]]])) == "map<boolean, frozen<street>>"
    assert Shelf(back={"a": 1}, same={True: {"name": "Main"}}).same[True].name == "Main"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax came with Python 3.12")
def test_type_statements():
    scope = {}
    code = "type Count = int\ntype Counts[K, V] = dict[V, list[K]]\ntype Same[T] = T"
    exec(compile(code, "new_syntax", "exec", dont_inherit=True), scope)
    assert str(cql_type_of(scope["Counts"][scope["Count"], str])) == "map<text, frozen<list<bigint>>>"
    assert str(cql_type_of(scope["Same"][scope["Count"] | None])) == "bigint"


class Labelled(UserType):
    model_config = ConfigDict(frozen=True)
    labels: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("annotation", "order"),
    [
        (frozenset[str], "DESC"),
        (Annotated[dict[str, int], Frozen()], "DESC"),
        (tuple[frozenset[str], ...], "DESC"),
        (tuple[frozenset[str], int], "ASC"),
        (tuple[tuple[int, dict[str, int]], ...], "ASC"),
        (Labelled, "ASC"),
        (frozenset[Labelled], "ASC"),
    ],
)
def test_a_key_that_the_server_would_not_find_again_is_refused(annotation, order):
    with pytest.raises(ModelError, match=r"Row\.c: .* cannot be in a primary key, since the server would keep"):

        class Row(Document):
            id: Annotated[int, PrimaryKey()]
            c: Annotated[annotation, ClusteringKey(order=order)]


@pytest.mark.parametrize(
    ("annotation", "order"),
    [
        (frozenset[Street], "ASC"),
        (Annotated[dict[str, frozenset[int]], Frozen()], "ASC"),
        (tuple[frozenset[str], ...], "ASC"),
        (tuple[Street, int], "DESC"),
        (tuple[int, ...], "DESC"),
    ],
)
def test_a_key_that_the_server_finds_again(annotation, order):
    class Row(Document):
        id: Annotated[int, PrimaryKey()]
        c: Annotated[annotation, ClusteringKey(order=order)]

    assert Row.find(id=1).statement().cql == "SELECT id, c FROM row WHERE id = ?"


@pytest.mark.parametrize("word", sorted(UNREADABLE_TYPES))
def test_rule_31_a_type_has_no_name_that_a_server_cannot_read_again(word):
    with pytest.raises(ModelError, match=f"a type cannot be called '{word}'.*see Settings.type_name"):
        type(
            "Bad", (UserType,), {"__module__": __name__, "__annotations__": {"x": int}, "Settings": {"type_name": word}}
        )
    with pytest.raises(ModelError, match="a type cannot be called"):
        type(word, (UserType,), {"__module__": __name__, "__annotations__": {"x": int}})
    named = type(word.title(), (UserType,), {"__module__": __name__, "__annotations__": {"x": int}})
    assert str(cql_type_of(named)) == f'frozen<"{word.title()}">'
    assert parse_type(str(cql_type_of(named))) == Udt(word.title(), frozen=True)


class Parcel(UserType):
    number: Annotated[int, Column(name="Parcel No")]
    class_: Annotated[str | None, Column(name="class")] = None


class Shelf(Document):
    id: Annotated[int, PrimaryKey()]
    first: Annotated[Parcel | None, Frozen(False)] = None
    rest: list[Parcel] = []


def test_a_field_may_have_another_name_on_the_server(coodie_recorder):
    assert Shelf.sync_table()[0] == 'CREATE TYPE IF NOT EXISTS parcel ("Parcel No" bigint, class text)'
    shelf = Shelf(id=1, first=Parcel(number=7))
    shelf.save()
    assert coodie_recorder.last.params["first"] == {"Parcel No": 7, "class": None}
    shelf.update(first__number=8, first__class_="a")
    assert shelf.first == Parcel(number=8, class_="a")
    assert coodie_recorder.last.cql == 'UPDATE shelf SET first."Parcel No" = ?, first.class = ? WHERE id = ?'
    with pytest.raises(InvalidQueryError, match="type parcel has no field 'class'; it has: number, class_"):
        shelf.update(first__class="b")
    coodie_recorder.on("select", table=Shelf).returns([{"id": 1, "rest": [{"Parcel No": 9, "class": "x"}]}])
    assert Shelf.get(id=1).rest == [Parcel(number=9, class_="x")]


def test_two_fields_with_one_name_on_the_server_are_refused():
    class Twice(UserType):
        a: int
        b: Annotated[int, Column(name="a")]

    with pytest.raises(ModelError, match="Twice has two fields called 'a' on the server"):
        cql_type_of(Twice)
