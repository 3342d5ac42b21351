"""Classes without a CQL type: `Stored`, and Pydantic's own serializers; and fields that are no columns: `NotStored`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, ConfigDict, PlainSerializer, PlainValidator

from coodie import sync
from coodie.exceptions import DecodeError, InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Counter, Frozen, Indexed, Int, NotStored, PrimaryKey, Stored, Text
from coodie.sync import Document
from coodie.types import cql_type_of
from coodie.usertype import UserType

Key = Annotated[int, PrimaryKey()]


class Money:
    """A class that neither CQL nor Pydantic knows."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and other.cents == self.cents

    def __hash__(self) -> int:
        return hash(self.cents)


Price = Annotated[Money, Stored(int, dump=lambda money: money.cents, load=Money)]
Path = Annotated[
    PurePosixPath, Stored(list[str], dump=lambda path: list(path.parts), load=lambda it: PurePosixPath(*it))
]


class Step(UserType):
    model_config = ConfigDict(frozen=True)
    price: Price
    note: str = ""


@dataclass(frozen=True)
class Span:
    first: datetime
    last: datetime


class Bounds(UserType):
    first: datetime
    last: datetime


class Order(Document):
    id: Annotated[Money, Stored(Annotated[int, Int()], dump=lambda money: money.cents, load=Money), PrimaryKey()]
    path: Annotated[Path, Frozen(), ClusteringKey()]
    price: Price
    paid: Annotated[Money | None, Stored(int, dump=lambda money: money.cents, load=Money)] = None
    parts: list[Price] = []
    by_price: dict[Price, Price] = {}
    seen: set[Price] = set()
    pair: tuple[Price, str] | None = None
    step: Step | None = None
    span: Annotated[
        Span | None,
        Stored(Bounds, dump=lambda s: Bounds(first=s.first, last=s.last), load=lambda b: Span(b.first, b.last)),
    ] = None


START, END = datetime.fromisoformat("2030-01-01T00:00:00+00:00"), datetime.fromisoformat("2030-02-01T00:00:00+00:00")
FULL = {
    "id": Money(1),
    "path": PurePosixPath("a/b"),
    "price": Money(5),
    "paid": Money(4),
    "parts": [Money(1), Money(2)],
    "by_price": {Money(1): Money(2), Money(3): Money(0)},
    "seen": {Money(9)},
    "pair": (Money(7), "x"),
    "step": Step(price=Money(3)),
    "span": Span(START, END),
}


def test_a_foreign_class_is_stored_as_another_type():
    assert {name: str(cql_type) for name, cql_type in Order.column_types().items()} == {
        "id": "int",
        "path": "frozen<list<text>>",
        "price": "bigint",
        "paid": "bigint",
        "parts": "list<bigint>",
        "by_price": "map<bigint, bigint>",
        "seen": "set<bigint>",
        "pair": "frozen<tuple<bigint, text>>",
        "step": "frozen<step>",
        "span": "frozen<bounds>",
    }
    assert str(cql_type_of(Price)) == "bigint"


def test_what_is_stored_is_what_is_loaded(coodie_recorder):
    order = Order(**FULL)
    order.save()
    row = coodie_recorder.last.params
    assert (row["id"], row["path"], row["price"], row["parts"], row["by_price"]) == (
        1,
        ["a", "b"],
        5,
        [1, 2],
        {1: 2, 3: 0},
    )
    assert (row["seen"], row["pair"], dict(row["step"])) == ({9}, (7, "x"), {"price": 3, "note": ""})
    coodie_recorder.on("select").returns([row])
    found = Order.get(id=Money(1), path=PurePosixPath("a/b"))
    assert coodie_recorder.last.params == {"id": 1, "path": ["a", "b"]}
    assert found == order
    assert found.changes() == set()
    found.price.cents = 6  # a change in place
    found.parts.append(Money(3))
    assert found.changes() == {"price", "parts"}
    found.update(parts__append=[Money(8)], by_price__put=(Money(4), Money(5)), price=Money(7))
    assert coodie_recorder.last.request.values == ([8], 4, 5, 7, 1, ["a", "b"])
    coodie_recorder.on("select").returns([{"id": 1, "paid": None, "parts": None}])
    assert Order.find(id=Money(1)).values_list("id", "paid", "parts").all() == [(Money(1), None, [])]


@pytest.mark.parametrize("value", [5, "5", None])
def test_only_values_of_the_class_are_taken(value):
    with pytest.raises(ValueError, match="instance of Money"):
        Order(**{**FULL, "price": value})
    with pytest.raises(InvalidQueryError, match=r"Order\.price"):
        Order(**FULL).update(price=value)


def test_functions_that_fail_name_the_field_and_no_value(coodie_recorder):
    def fails(value: Any) -> Any:
        raise KeyError(f"secret {value}")

    class Item(Document):
        id: Key
        a: Annotated[Money, Stored(int, dump=fails, load=Money)]

    class Wrong(Document):
        id: Key
        a: Annotated[Money, Stored(int, dump=lambda money: "secret", load=fails)]

    with pytest.raises(InvalidQueryError, match=r"Item\.a: its dump= raises KeyError$"):
        Item(id=1, a=Money(1)).save()
    with pytest.raises(InvalidQueryError, match=r"Wrong\.a: it does not take a Money$"):
        Wrong(id=1, a=Money(1)).save()
    assert coodie_recorder.calls == []
    coodie_recorder.on("select").returns([{"id": 1, "a": 5}])
    with pytest.raises(DecodeError, match=r"column 'a' .* its load= raises KeyError$"):
        Wrong.get(id=1)


def money(value: Any) -> Money:
    return value if isinstance(value, Money) else Money(value)


def test_a_serializer_of_pydantic_says_how_a_foreign_class_is_stored(coodie_recorder):
    class Item(Document):
        id: Key
        a: Annotated[Money, PlainValidator(money), PlainSerializer(lambda it: it.cents, return_type=int)]
        b: Annotated[
            PurePosixPath,
            BeforeValidator(lambda path: PurePosixPath(path)),
            PlainSerializer(str, return_type=str, when_used="json"),
        ]
        c: list[
            Annotated[
                Money, PlainValidator(money), PlainSerializer(lambda it: it.cents, return_type=Annotated[int, Int()])
            ]
        ] = []
        # A type of CQL's own is stored as it is, whatever it looks like in JSON.
        d: Annotated[int, PlainSerializer(str, return_type=str)] = 0

    assert {name: str(each) for name, each in Item.column_types().items()} == {
        "id": "bigint",
        "a": "bigint",
        "b": "text",
        "c": "list<int>",
        "d": "bigint",
    }
    item = Item(id=1, a=Money(5), b=PurePosixPath("a/b"), c=[Money(6)], d=7)
    item.save()
    assert coodie_recorder.last.params == {"id": 1, "a": 5, "b": "a/b", "c": [6], "d": 7}
    coodie_recorder.on("select").returns([coodie_recorder.last.params])
    found = Item.get(id=1)
    assert found == item
    assert found.changes() == set()


@pytest.mark.parametrize(
    ("annotation", "why"),
    [
        (Annotated[Money, Stored(Money, dump=int, load=Money)], "Money has no CQL type"),
        (Annotated[Money, Stored(int, dump=5, load=Money)], r"Stored\(\) takes a plain function as dump"),  # type: ignore[arg-type]
        (Annotated[Money, Stored(int, dump=int, load=None)], "takes a plain function as load"),  # type: ignore[arg-type]
        (Annotated[Money, Stored(int, dump=int, load=Money), Int()], "contradict each other"),
        (Annotated[Money, Stored(int, dump=int, load=Money), Counter()], "contradict each other"),
        (Annotated[Money, Stored(int, dump=int, load=Money), Stored(str, dump=str, load=Money)], "contradict"),
        (Annotated[Money, Stored(int, dump=int, load=Money), NotStored()], "contradict each other"),
    ],
)
def test_rule_31_what_cannot_be_stored_is_refused(annotation, why):
    with pytest.raises(ModelError, match=rf"Bad\.v: .*{why}"):
        type(Document)("Bad", (Document,), {"__annotations__": {"id": Key, "v": annotation}, "__module__": __name__})


def test_coroutine_functions_do_not_dump():
    async def later(value: Any) -> Any:
        return value

    with pytest.raises(ModelError, match="takes a plain function as load"):

        class Bad(Document):
            id: Key
            v: Annotated[Money, Stored(int, dump=int, load=later)]


class Cached(Document):
    id: Key
    name: str = ""
    tags: set[str] = set()
    score: Annotated[float | None, NotStored()] = None
    cache: Annotated[dict[str, Any], NotStored] = {}


def test_a_field_that_is_not_stored_is_no_column(coodie_recorder):
    assert list(Cached.column_types()) == ["id", "name", "tags"]
    Cached.sync_table()
    assert coodie_recorder.last.cql.endswith("(id bigint, name text, tags set<text>, PRIMARY KEY (id))")
    document = Cached(id=1, name="a", score=0.5, cache={"a": object()})
    assert document.changes() == {"id", "name", "tags"}
    document.save()
    assert coodie_recorder.last.cql == "INSERT INTO cached (id, name, tags) VALUES (?, ?, ?)"
    document.score = 1.0
    document.save()
    assert document.changes() == set()
    document.name, document.score = "b", 2.0
    document.rollback()
    assert (document.name, document.score) == ("a", 2.0)
    coodie_recorder.on("select").returns([{"id": 1, "name": "c"}])
    document.refresh()
    assert (document.name, document.score, "score" in document.model_fields_set) == ("c", 2.0, True)


@pytest.mark.parametrize("names", [(), ("name",)])
def test_a_loaded_document_has_the_default_of_what_is_not_stored(coodie_recorder, names):
    query = Cached.find(id__in=[1, 2])
    coodie_recorder.on("select").returns([{"id": 1, "name": "a"}, {"id": 2, "name": "a"}])
    one, other = (query.only(*names) if names else query).all()
    assert (one.score, one.cache) == (None, {})
    one.cache["a"] = 1
    assert other.cache == {}
    assert one.changes() == set()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Cached.find(score=1.0),
        lambda: Cached.find(score__gt=1.0),
        lambda: Cached.find(Cached.score == 1.0),
        lambda: Cached.find().only("score"),
        lambda: Cached.find().defer("score"),
        lambda: Cached.find().order_by("score"),
        lambda: Cached.find().values_list("score"),
        lambda: Cached(id=1).update(score=1.0),
        lambda: Cached(id=1).delete_columns("score"),
        lambda: Cached(id=1).update(name="x", if_conditions={"score": 1.0}),
        lambda: Cached.find().sum("score"),
    ],
)
def test_what_is_not_stored_cannot_be_queried(coodie_recorder, ask):
    with pytest.raises(InvalidQueryError, match=r"Cached\.score is NotStored\(\), so it is not a column"):
        ask()
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    ("annotation", "default", "why"),
    [
        (Annotated[int, NotStored()], (), r"is NotStored\(\), so no row has a value for it; give it a default"),
        (Annotated[int, NotStored(), PrimaryKey()], (1,), r"NotStored\(\) and PrimaryKey\(\) contradict"),
        (Annotated[int, NotStored(), Indexed("x")], (1,), r"NotStored\(\) and Indexed\(index_name='x'\) contradict"),
        (Annotated[str, NotStored(), Text()], (1,), r"NotStored\(\) and Text\(\) contradict"),
        (list[Annotated[int, NotStored()]], ([],), r"NotStored\(\) means nothing inside another type"),
    ],
)
def test_rule_31_what_cannot_be_left_out_is_refused(annotation, default, why):
    body: dict[str, Any] = {"__annotations__": {"id": Key, "v": annotation}, "__module__": __name__}
    with pytest.raises(ModelError, match=rf"Bad\.v:? .*{why}"):
        type(Document)("Bad", (Document,), body | ({"v": default[0]} if default else {}))


def test_rule_31_a_field_of_a_user_defined_type_is_stored():
    class Place(UserType):
        x: Annotated[int, NotStored()] = 0

    with pytest.raises(ModelError, match=r"NotStored\(\) means nothing in a user-defined type"):

        class Home(sync.Document):
            id: Key
            place: Place
