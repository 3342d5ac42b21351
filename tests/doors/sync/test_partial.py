# Derived by tests/derive.py: edit tests/doors/aio/test_partial.py,
# then run `tox -e sync`.
"""What is set, unset and null: documents that are new, loaded, partly loaded, copied."""

import copy
import pickle
from datetime import datetime
from enum import IntEnum
from typing import Annotated

import pytest
from pydantic import Field, StringConstraints, TypeAdapter, computed_field

from coodie.sync import Document
from coodie.drivers import UNSET
from coodie.exceptions import DecodeError, FieldNotLoaded, InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey, Static


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "nobody"
    note: str | None = None
    tags: set[str] = set()
    maybe: list[int] | None = None


def loaded(recorder, row, *names):
    recorder.on("select", table=User).returns([row])
    query = User.find(id=row["id"])
    return (query.only(*names) if names else query).one()


def saved(recorder, user):
    user.save()
    return recorder.last.params


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"name": "nobody", "note": UNSET, "tags": UNSET, "maybe": UNSET}),
        ({"note": None, "tags": set(), "maybe": None}, {"name": "nobody", "note": None, "tags": set(), "maybe": None}),
        ({"note": "x", "tags": {"a"}, "maybe": []}, {"name": "nobody", "note": "x", "tags": {"a"}, "maybe": []}),
    ],
)
def test_a_new_document_tells_unset_from_null(coodie_recorder, given, sent):
    assert saved(coodie_recorder, User(id=1, **given)) == {"id": 1, **sent}


def test_none_that_was_assigned_is_null(coodie_recorder):
    user = User(id=1)
    user.note = None
    assert (saved(coodie_recorder, user))["note"] is None


def test_a_default_collection_that_was_changed_in_place_is_sent(coodie_recorder):
    user = User(id=1)
    user.tags.add("a")
    assert (saved(coodie_recorder, user))["tags"] == {"a"}


def test_a_loaded_null_is_not_sent_again(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"})
    assert (user.name, user.note, user.tags, user.maybe) == ("ann", None, set(), None)
    user.name = "bo"
    assert saved(coodie_recorder, user) == {"id": 1, "name": "bo", "note": UNSET, "tags": UNSET, "maybe": UNSET}
    user.note = None
    assert user.changes() == set()
    user.save(full=True)
    assert coodie_recorder.last.params["note"] is None


def test_a_null_of_a_field_with_a_default_is_the_default_and_is_not_sent(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1})
    assert user.name == "nobody"
    user.note = "x"
    assert (saved(coodie_recorder, user))["name"] is UNSET
    user.name = "nobody"
    assert (saved(coodie_recorder, user))["name"] == "nobody"


def test_a_loaded_document_sends_what_changed(coodie_recorder):
    row = {"id": 1, "name": "ann", "note": "x", "tags": {"a"}, "maybe": [1]}
    user = loaded(coodie_recorder, row)
    user.tags.clear()
    unset = dict.fromkeys(row, UNSET)
    assert saved(coodie_recorder, user) == unset | {"id": 1, "tags": set()}
    user.save(full=True)
    assert coodie_recorder.last.params == row | {"tags": set()}


@pytest.mark.parametrize("names", [(), ("tags",)])
def test_a_loaded_null_collection_that_was_changed_in_place_is_sent(coodie_recorder, names):
    user = loaded(coodie_recorder, {"id": 1}, *names)
    user.tags.add("a")
    assert (saved(coodie_recorder, user))["tags"] == {"a"}


def test_a_partly_loaded_document_knows_it(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    assert (user.id, user.name) == (1, "ann")
    for name in ("note", "tags", "maybe"):
        with pytest.raises(FieldNotLoaded, match=f"User.{name}"):
            getattr(user, name)
        assert not hasattr(user, name)
    with pytest.raises(AttributeError) as caught:
        _ = user.nonsense
    assert not isinstance(caught.value, FieldNotLoaded)


def test_a_partly_loaded_document_saves_what_was_assigned(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    user.note, user.tags = None, {"a"}
    assert user.note is None
    assert saved(coodie_recorder, user) == {"id": 1, "name": UNSET, "note": None, "tags": {"a"}, "maybe": UNSET}
    user.save(full=True)
    sent = {"id": 1, "name": "ann", "note": None, "tags": {"a"}, "maybe": UNSET}
    assert coodie_recorder.last.params == sent


def test_an_update_leaves_what_was_not_loaded_unknown(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    user.update(tags__add={"a"}, note="x")
    assert user.note == "x"
    with pytest.raises(FieldNotLoaded):
        _ = user.tags


def test_what_an_update_wrote_is_known(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    user.update(note="x", maybe=None, tags=set())
    assert user.changes() == set()
    user.save(full=True)
    assert coodie_recorder.last.params == {"id": 1, "name": "ann", "note": "x", "tags": set(), "maybe": None}


def test_what_a_lost_condition_did_not_write_stays_as_it_was(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann", "tags": {"a"}}, "name", "tags")
    coodie_recorder.on("update").applied(False)
    assert not user.update(note="x", name="bo", tags__add={"b"}, if_exists=True)
    coodie_recorder.on("delete").applied(False)
    assert not user.delete_columns("name", "tags", if_exists=True)
    assert (user.name, user.tags, user.changes()) == ("ann", {"a"}, set())
    assert not hasattr(user, "note")


def test_a_partition_alone_is_no_row_to_write(coodie_recorder):
    class Reading(Document):
        sensor: Annotated[int, PrimaryKey()]
        number: Annotated[int, ClusteringKey()] = 0
        unit: Annotated[str | None, Static()] = None
        value: int = 0

    coodie_recorder.on("select", table=Reading).returns([{"sensor": 1, "unit": "K"}])
    reading = Reading.find().distinct().one()
    for write in (reading.save, reading.insert, reading.delete, lambda: reading.update(value=1)):
        with pytest.raises(InvalidQueryError, match=r"Reading\.number belongs to the primary key and has no value"):
            write()
    reading.update(unit="C")
    assert coodie_recorder.cql[1:] == ["UPDATE reading SET unit = ? WHERE sensor = ?"]


def test_an_unloaded_key_is_never_invented(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    user.delete()
    assert coodie_recorder.last.params == {"id": 1}


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda user: user.model_copy(),
        lambda user: user.model_copy(deep=True),
        lambda user: pickle.loads(pickle.dumps(user)),
    ],
)
def test_copies_know_what_was_loaded(coodie_recorder, copied):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    twin = copied(user)
    assert twin == user
    with pytest.raises(FieldNotLoaded):
        _ = twin.note
    assert twin.changes() == user.changes() == set()
    twin.name = user.name = "bo"
    assert saved(coodie_recorder, twin) == saved(coodie_recorder, user)


def test_equality_is_by_type_and_values(coodie_recorder):
    class Guest(User):
        pass

    user = loaded(coodie_recorder, {"id": 1, "name": "ann"})
    assert user == User(id=1, name="ann")
    assert user != User(id=1, name="bo")
    assert Guest(id=1) != User(id=1)
    partial = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    assert partial != user


def test_what_a_document_remembers_is_in_no_dump(coodie_recorder):
    class Member(User):
        level: int = 1

    coodie_recorder.on("select", table=Member).returns([{"id": 1, "name": "ann", "level": 2}])
    member = Member.get(id=1)
    assert vars(member) == dict(member) == member.model_dump()
    # An entry of __dict__ that is no field makes Pydantic take the first class that it fits in a lax way.
    assert TypeAdapter(User | Member).dump_python(member) == member.model_dump()


def test_a_partly_loaded_document_can_be_shown(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"}, "name")
    assert repr(user) == "User(id=1, name='ann')"
    assert user.model_dump() == {"id": 1, "name": "ann"}


def test_a_computed_field_of_what_was_not_loaded_is_not_shown(coodie_recorder):
    class Named(User):
        @computed_field
        @property
        def initial(self) -> str:
            return self.name[0]

    coodie_recorder.on("select", table=Named).returns([{"id": 1, "note": "x"}])
    named = Named.find(id=1).only("note").one()
    assert (repr(named), str(named)) == ("Named(id=1, note='x')", "id=1 note='x'")
    with pytest.raises(FieldNotLoaded, match=r"Named\.name"):
        _ = named.initial
    named.name = "ann"
    assert repr(named) == "Named(id=1, note='x', name='ann', initial='a')"


def test_a_changed_key_of_a_loaded_document_is_a_new_row(coodie_recorder):
    user = loaded(coodie_recorder, {"id": 1, "name": "ann"})
    user.id = 2
    assert (saved(coodie_recorder, user))["id"] == 2


class Level(IntEnum):
    LOW = 1


class Made(Document):
    id: Annotated[int, PrimaryKey()]
    at: datetime = datetime(2030, 1, 1, 12, 0, 0, 999_999)
    made: datetime = Field(default_factory=lambda: datetime(2030, 1, 1, 0, 0, 0, 1999))
    level: Level = Field(1, validate_default=True)
    word: Annotated[str, StringConstraints(to_upper=True), Field(validate_default=True)] = "x"
    twice: int = Field(default_factory=lambda data: data["id"] * 2)
    note: str | None = "none"
    tags: set[str] = {"a"}


def test_rule_27_the_defaults_of_null_columns_are_the_same_however_they_are_loaded(coodie_recorder):
    """Validated as those of a new document are: aware, in whole milliseconds, of the annotated type."""

    def script():
        coodie_recorder.on("select", table=Made).returns([{"id": 3}])

    new = Made(id=3)
    wanted = {**dict(new), "note": None, "tags": set()}
    names = tuple(Made.model_fields)

    script()
    whole = Made.get(id=3)
    assert dict(whole) == wanted
    script()
    (in_list,) = Made.find(id=3).all()
    assert dict(in_list) == wanted
    for name in names:
        script()
        part = Made.find(id=3).only(name).one()
        assert getattr(part, name) == wanted[name]
        assert type(getattr(part, name)) is type(wanted[name])
    script()
    assert Made.find(id=3).values_list(*names).all() == [tuple(wanted.values())]
    script()
    assert (Made.find(id=3).defer("note").one()).at == new.at


def test_rule_27_the_default_of_a_null_column_is_not_sent_again(coodie_recorder):
    coodie_recorder.on("select", table=Made).returns([{"id": 3}])
    part = Made.find(id=3).only("at", "word").one()
    assert part.model_fields_set == {"id"}


def test_rule_27_a_default_made_of_a_field_that_is_not_loaded_says_so(coodie_recorder):
    class Pair(Document):
        id: Annotated[int, PrimaryKey()]
        one: int = 1
        two: int = Field(default_factory=lambda data: data["one"])

    coodie_recorder.on("select", table=Pair).returns([{"id": 1}])
    with pytest.raises(DecodeError, match="columns of pair cannot be read without the others"):
        Pair.find(id=1).only("two").one()
