"""Models with a ``model_config``: the values of filters and updates are made as a document's own are."""

from enum import Enum
from typing import Annotated

import pytest
from pydantic import AfterValidator, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from coodie import UserType
from coodie.cql.message import Page
from coodie.exceptions import CoodieError, InvalidQueryError, ModelError
from coodie.fields import Frozen, PrimaryKey
from coodie.mapping.model import mapper_of
from coodie.sync import Document
from coodie.types import CqlDuration


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
