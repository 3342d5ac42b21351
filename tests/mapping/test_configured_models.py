"""Models with a ``model_config``: the values of filters and updates are made as a document's own are."""

import enum
from datetime import datetime
from enum import Enum
from typing import Annotated, ClassVar
from uuid import UUID, uuid4

import pytest
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from coodie.cql.message import Page
from coodie.exceptions import CoodieError, InvalidQueryError, ModelError
from coodie.fields import Frozen, PrimaryKey
from coodie.mapping.model import mapper_of
from coodie.sync import Document
from coodie.testing import RecordingDriver
from coodie.types import CqlDuration
from coodie.usertype import UserType


class Colour(Enum):
    RED = "r"


class Place(UserType):
    model_config = ConfigDict(alias_generator=to_camel, str_to_upper=True)
    zip_code: str


class Settled(Document):
    model_config = ConfigDict(
        str_to_lower=True, str_strip_whitespace=True, str_max_length=5, use_enum_values=True, strict=True
    )
    email: Annotated[str, PrimaryKey()]
    note: str | None = None
    tags: set[str] = set()
    named: dict[str, Colour] = {}
    place: Annotated[Place | None, Frozen(False)] = None
    places: list[Place] = []
    spans: list[CqlDuration] = []


WRITTEN = [
    ({"note": " AB "}, {"note": "ab"}),
    ({"tags__add": {" A "}}, {"tags": {"a"}}),
    ({"named__put": (" K ", Colour.RED)}, {"named": {"k": Colour.RED}}),
    ({"place__zip_code": "n1"}, {"place": Place(zipCode="N1")}),
    ({"places__append": [{"zipCode": "n1"}]}, {"places": [Place(zipCode="N1")]}),
    ({"spans__append": [CqlDuration(1)]}, {"spans": [CqlDuration(1)]}),
]


@pytest.mark.parametrize(("given", "held"), WRITTEN)
def test_what_is_written_is_what_a_new_document_would_hold(coodie_recorder, given, held):
    coodie_recorder.on("select").returns([{"email": "ann"}])
    document = Settled.get(email=" ANN ")
    document.update(given)
    assert document == Settled(email="ann", **held)
    assert coodie_recorder.last.params["email"] == "ann"


@pytest.mark.parametrize("given", [{"note": "abcdef"}, {"tags__add": {"abcdef"}}])
def test_what_a_new_document_would_refuse_is_refused(coodie_recorder, given):
    with pytest.raises(InvalidQueryError, match="at most 5 characters"):
        Settled(email="ann").update(given)
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    ("find", "bound"),
    [
        (lambda: Settled.get(email=" ANN "), ("ann",)),
        (lambda: Settled.find(email__in=[" ANN "]).all(), (["ann"],)),
        (lambda: Settled.find(email="ann", tags__contains=" A ").allow_filtering().all(), ("ann", "a")),
    ],
)
def test_what_is_looked_for_is_what_a_document_would_hold(coodie_recorder, find, bound):
    coodie_recorder.on("select").returns([{"email": "ann"}])
    find()
    assert coodie_recorder.last.values == bound


def test_a_row_loaded_in_part_goes_by_field_names_too():
    mapper, row = mapper_of(Settled), ("ann", {"zip_code": "N1"})
    (document,) = mapper.read_page(Page(("email", "place"), [row]))
    assert document.place == Place(zipCode="N1")
    assert mapper.read_values(("email", "place"), [row]) == [("ann", Place(zipCode="N1"))]


def in_order(high: int, info: ValidationInfo) -> int:
    assert info.data["low"] <= high
    return high


class Span(UserType):
    low: int = 0
    high: Annotated[int, AfterValidator(in_order)] = 0


class Ranged(Document):
    id: Annotated[int, PrimaryKey()]
    low: int = 0
    high: Annotated[int, AfterValidator(in_order)] = 0
    span: Annotated[Span | None, Frozen(False)] = None


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Ranged(id=1).update(high=5),
        lambda: Ranged(id=1).update(span__high=5),
        lambda: Ranged.find(id=1, high=5),
        lambda: Ranged.find(id=1).only("high").all(),
        lambda: Ranged.find(id=1).values_list("id", "high").all(),
    ],
)
def test_a_validator_that_wants_another_field_is_told_to_do_without(coodie_recorder, ask):
    coodie_recorder.on("select").returns([{"id": 1, "high": 5}]).optional()
    with pytest.raises(CoodieError, match=r"info\.data\.get"):
        ask()


class Open(UserType):
    model_config = ConfigDict(extra="allow")
    a: int = 0


def test_rule_31_a_model_takes_no_values_without_a_column():
    with pytest.raises(ModelError, match=r"Loose has model_config = ConfigDict\(extra='allow'\).*no column"):

        class Loose(Document):
            model_config = ConfigDict(extra="allow")
            id: Annotated[int, PrimaryKey()]


@pytest.mark.parametrize("annotation", [Open, list[Open], dict[str, Open | None]])
def test_rule_31_nor_does_a_user_defined_type(annotation):
    body = {"__module__": __name__, "__annotations__": {"id": Annotated[int, PrimaryKey()], "v": annotation}}
    with pytest.raises(ModelError, match=r"Loose\.v: the user-defined type Open has model_config"):
        type("Loose", (Document,), body)


Key = Annotated[int, PrimaryKey()]


def created(model):
    """The CREATE TABLE of a model."""
    with RecordingDriver():
        return model.sync_table(dry_run=True)[0].removeprefix("CREATE TABLE IF NOT EXISTS ")


class Kind(enum.Enum):
    A = "a"


def test_aliases_are_for_users_and_names_for_columns(coodie_recorder):
    class Row(Document):
        id: Annotated[int, PrimaryKey(), Field(alias="theId")]
        first: str = Field("", validation_alias="firstName", serialization_alias="FIRST")

    coodie_recorder.on("select", table=Row).returns([{"id": 1, "first": "ann"}])
    coodie_recorder.on("select", table=Row).returns([{"id": 1, "first": "ann"}])
    row = Row(theId=1, firstName="ann")
    row.save()
    assert coodie_recorder.last.params == {"id": 1, "first": "ann"}
    assert Row.get(id=1) == row
    assert Row.find(id=1).only("first").one().first == "ann"
    row.update(first="bo")
    assert (row.first, coodie_recorder.last.params) == ("bo", {"first": "bo", "id": 1})
    with pytest.raises(ValidationError):
        Row(id=1)


def test_strict_models_take_rows_and_lookups(coodie_recorder):
    class Row(Document):
        model_config = ConfigDict(strict=True)
        id: Annotated[UUID, PrimaryKey()]
        kind: Kind = Kind.A
        tags: set[str] = set()

    uid = uuid4()
    coodie_recorder.on("select", table=Row).returns([{"id": uid, "kind": "a", "tags": {"x"}}])
    assert Row.get(id=uid) == Row(id=uid, kind=Kind.A, tags={"x"})
    with pytest.raises(ValidationError):
        Row(id=str(uid))


class Icy(Document):
    model_config = ConfigDict(frozen=True)
    id: Key
    v: int = 0


def test_frozen_models_are_saved_and_loaded(coodie_recorder):
    coodie_recorder.on("select", table=Icy).returns([{"id": 1, "v": 5}])
    Icy(id=1, v=5).save()
    assert Icy.get(id=1) == Icy(id=1, v=5)
    assert len({Icy(id=1), Icy(id=1)}) == 1


def test_a_frozen_model_can_be_updated(coodie_recorder):
    Icy(id=1).update(v=5)
    assert coodie_recorder.last.params == {"v": 5, "id": 1}


def test_private_attributes_and_computed_fields_are_no_columns(coodie_recorder):
    class Row(Document):
        id: Key
        _cache: dict = PrivateAttr(default_factory=dict)
        KIND: ClassVar[str] = "row"

        @computed_field
        @property
        def double(self) -> int:
            return 2 * self.id

    coodie_recorder.on("select", table=Row).returns([{"id": 4}])
    row = Row.get(id=4)
    assert (row.double, row._cache, row.KIND) == (8, {}, "row")
    row.save()
    assert coodie_recorder.last.params == {"id": 4}
    assert created(Row) == "row (id bigint, PRIMARY KEY (id))"


def test_validators_run_when_rows_are_loaded(coodie_recorder):
    class Row(Document):
        id: Key
        a: str = ""
        b: str = ""

        @field_validator("a")
        @classmethod
        def stripped(cls, value):
            return value.strip()

        @model_validator(mode="after")
        def filled(self):
            if not self.b:
                self.b = self.a
            return self

    coodie_recorder.on("select", table=Row).returns([{"id": 1, "a": " x ", "b": ""}])
    row = Row.get(id=1)
    assert (row.a, row.b) == ("x", "x")
    row.update(a=" y ")
    assert (row.a, coodie_recorder.last.params["a"]) == ("y", "y")
    Row.find(id=1, a=" z ").allow_filtering()
    assert Row.find(a=" z ").statement().values == ("z",)


def test_a_model_that_forbids_extras_takes_its_rows(coodie_recorder):
    class Row(Document):
        model_config = ConfigDict(extra="forbid")
        id: Key
        v: int | None = None

    coodie_recorder.on("select", table=Row).returns([{"id": 1, "v": 2}])
    coodie_recorder.on("select", table=Row).returns([{"id": 1}])
    assert Row.get(id=1) == Row(id=1, v=2)
    assert Row.find(id=1).only("id").one().id == 1
    with pytest.raises(ValidationError):
        Row(id=1, w=2)


def test_constraints_hold_for_updates_and_lookups(coodie_recorder):
    class Row(Document):
        id: Key
        n: Annotated[int, Field(ge=0)] = 0

    for call in (lambda: Row(id=1).update(n=-1), lambda: Row.find(n=-1)):
        with pytest.raises(InvalidQueryError, match=r"Row\.n: Input should be greater"):
            call()
    assert coodie_recorder.calls == []


def test_what_a_refused_value_was_is_not_told():
    class Row(Document):
        id: Key
        n: int = 0

    for call in (lambda: Row.find(n="secret-1"), lambda: Row(id=1).update(n="secret-1")):
        with pytest.raises(InvalidQueryError) as caught:
            call()
        assert "secret-1" not in str(caught.value)


def test_a_model_serialises_as_any_other():
    class Row(Document):
        id: Key
        at: datetime | None = None

    row = Row(id=1, at=datetime(2030, 1, 1))
    assert row.model_dump_json() == '{"id":1,"at":"2030-01-01T00:00:00Z"}'
    assert Row.model_validate_json(row.model_dump_json()) == row
    assert Row.model_json_schema()["properties"].keys() == {"id", "at"}


def test_a_document_as_a_dictionary_has_its_fields_only(coodie_recorder):
    class Login(Document):
        id: Key
        tries: int = 0

    coodie_recorder.on("select").returns([{"id": 1}])
    assert dict(Login.find(id=1).only("id").first()) == {"id": 1}
