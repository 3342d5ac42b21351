"""Rule 31: markers that contradict each other, or mean nothing where they stand, are refused when the class is made."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import pytest
from pydantic import Json

from coodie import aio, sync
from coodie.exceptions import ModelError
from coodie.fields import (
    BigInt,
    ClusteringKey,
    Column,
    Counter,
    Discriminator,
    Float,
    Frozen,
    Indexed,
    Int,
    PrimaryKey,
    Static,
    Text,
    TimeUUID,
    Vector,
    VectorIndex,
)
from coodie.types import CqlDuration
from coodie.usertype import UserType

Key = Annotated[int, PrimaryKey()]
Row = Annotated[int, ClusteringKey()]
Id = Annotated[int, BigInt()]


class Place(UserType):
    x: int = 0
    spans: list[timedelta] = []


class Point(UserType):
    x: int = 0


def made(base: Any = sync.Document, settings: Any = None, **annotations: Any) -> Any:
    body: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__, "__qualname__": "Bad"}
    if settings is not None:
        body["Settings"] = settings
    return type(base)("Bad", (base,), body)


CONTRADICTIONS = {
    # An order, or a place, of a key that is none, or of another.
    r"order is for PrimaryKey\(clustering=True\)": [Annotated[int, PrimaryKey(order="DESC")]],
    "clustering_key_index is for PrimaryKey": [Annotated[int, PrimaryKey(clustering_key_index=0)]],
    "no partition_key_index": [Annotated[int, PrimaryKey(0, clustering=True)]],
    # Two kinds of key.
    r"PrimaryKey\(\) and ClusteringKey\(\) contradict": [Annotated[int, PrimaryKey(), ClusteringKey()]],
    r"PrimaryKey\(clustering=True\) and ClusteringKey\(order='DESC'\) contradict": [
        Annotated[int, PrimaryKey(clustering=True), ClusteringKey("DESC")]
    ],
    r"PrimaryKey\(partition_key_index=1\) and PrimaryKey\(\) contradict": [
        Annotated[Annotated[int, PrimaryKey(1)], PrimaryKey()]
    ],
    "cannot be a key and Static": [Annotated[int, PrimaryKey(), Static()], Annotated[int, ClusteringKey(), Static()]],
    # Two types.
    r"Int\(\) and (Big)?Int\(\) contradict": [
        Annotated[int, Int(), BigInt()],
        Annotated[Id, Int()],
        Annotated[Id | None, Int],
        list[Annotated[int, Int(), BigInt()]],
        dict[str, list[Annotated[Id, Int()]]],
    ],
    r"Counter\(\) and Int\(\) contradict": [Annotated[int, Counter(), Int()]],
    r"Vector\(dimensions=2\) and Vector\(dimensions=3\) contradict": [Annotated[list[float], Vector(2), Vector(3)]],
    r"Vector\(dimensions=3\) and Float\(\) contradict": [Annotated[list[float], Vector(3), Float()]],
    r"Frozen\(\) and Frozen\(frozen=False\) contradict": [Annotated[Place, Frozen(), Frozen(False)]],
    r"Column\(name='a'\) and Column\(name='b'\) contradict": [Annotated[int, Column("a"), Column("b")]],
    # What belongs to the field, inside of its type.
    r"PrimaryKey\(\) means nothing inside another type; it belongs to a field": [
        list[Annotated[int, PrimaryKey()]],
        set[Annotated[int, PrimaryKey]],
        dict[Annotated[str, PrimaryKey()], int],
        dict[str, Annotated[int, PrimaryKey()] | None],
        tuple[Annotated[int, PrimaryKey()], ...],
        tuple[int, list[Annotated[int, PrimaryKey()]]],
        list[Annotated[int | None, PrimaryKey()]],
        Json[list[Annotated[int, PrimaryKey()]]],
    ],
    r"ClusteringKey\(\) means nothing inside": [list[Annotated[int, ClusteringKey()]]],
    r"Static\(\) means nothing inside": [list[Annotated[int, Static()]]],
    r"Counter\(\) means nothing inside": [
        list[Annotated[int, Counter()]],
        tuple[Annotated[int, Counter()], int],
        dict[str, Annotated[int, Counter()]],
    ],
    r"Indexed\(\) means nothing inside": [list[Annotated[int, Indexed()]]],
    r"VectorIndex\(\) means nothing inside": [list[Annotated[list[float], Vector(3), VectorIndex()]]],
    r"Discriminator\(\) means nothing inside": [list[Annotated[str, Discriminator()]]],
    r"Column\(\) means nothing inside": [list[Annotated[str, Column("x")]]],
    r"Frozen\(False\) means nothing inside": [
        list[Annotated[list[int], Frozen(False)]],
        dict[str, Annotated[Place, Frozen(False)]],
    ],
    r"a vector is written as one value, so Frozen\(\)": [Annotated[list[float], Vector(3), Frozen()]],
    r"tells classes apart by a single value": [
        Annotated[list[str], Discriminator()],
        Annotated[Place, Discriminator()],
    ],
    # What the server alone would refuse.
    "since durations have no order; take a list": [
        set[timedelta],
        frozenset[CqlDuration],
        list[set[timedelta]],
        tuple[int, set[timedelta]],
    ],
    "since durations have no order; take another key": [dict[timedelta, int], dict[str, dict[CqlDuration, int]]],
    "cannot be in a primary key, since durations have no order": [
        Annotated[timedelta, PrimaryKey()],
        Annotated[CqlDuration, ClusteringKey()],
        Annotated[tuple[int, timedelta], PrimaryKey()],
        Annotated[list[timedelta], Frozen(), PrimaryKey()],
        Annotated[Place, ClusteringKey()],
    ],
    "unless it is frozen": [Annotated[Point, Frozen(False), Indexed()]],
    "which takes no blobs": [Annotated[bytes, Indexed(using="sai")], Annotated[list[bytes], Indexed(using="sai")]],
    "which takes vectors of 32-bit floats only": [Annotated[list[int], Vector(3), Indexed(using="sai")]],
    "for an index on texts, and this one is on bigint": [
        Annotated[int, Indexed(using="sai", options={"case_sensitive": True})],
        Annotated[dict[str, int], Indexed(using="sai", target="values", options={"ascii": True})],
    ],
    "for an index on vectors, and this one is on text": [
        Annotated[str, Indexed(using="sai", options={"similarity_function": "COSINE"})]
    ],
    "no option 'case_sensitiv'; did you mean 'case_sensitive'": [
        Annotated[str, Indexed(using="sai", options={"case_sensitiv": True})]
    ],
    "the option 'ascii' must be True or False": [Annotated[str, Indexed(using="sai", options={"ascii": "maybe"})]],
    "using='sasi' is not an index that servers know": [Annotated[str, Indexed(using="sasi")]],
    # Arguments of another type.
    "takes a number from 0 up as partition_key_index": [
        Annotated[int, PrimaryKey("0")],  # type: ignore[arg-type]
        Annotated[int, PrimaryKey(-1)],
    ],
    "takes a number from 0 up as clustering_key_index": [Annotated[int, ClusteringKey(clustering_key_index=-1)]],
    "takes True or False as clustering": [Annotated[int, PrimaryKey(clustering="no")]],  # type: ignore[arg-type]
    "takes 'ASC' or 'DESC' as order": [Annotated[int, ClusteringKey("down")]],  # type: ignore[arg-type]
    "takes a text as index_name": [
        Annotated[int, Indexed(5)],  # type: ignore[arg-type]
        Annotated[list[float], Vector(3), VectorIndex(index_name=5)],  # type: ignore[arg-type]
    ],
    "takes 'keys' or .* as target": [Annotated[dict[str, int], Indexed(target="key")]],  # type: ignore[arg-type]
    "as using, not an int": [Annotated[int, Indexed(using=5)]],  # type: ignore[arg-type]
    "takes a mapping as options": [Annotated[str, Indexed(using="sai", options=["a"])]],  # type: ignore[arg-type]
    "takes options by their names": [Annotated[str, Indexed(using="sai", options={5: 5})]],  # type: ignore[dict-item]
    "as the option 'ascii', not a list": [
        Annotated[str, Indexed(using="sai", options={"ascii": []})]  # type: ignore[dict-item]
    ],
    "takes True or False as frozen": [Annotated[list[int], Frozen("no")]],  # type: ignore[arg-type]
    "takes a text as name": [Annotated[int, Column(5)]],  # type: ignore[arg-type]
    "takes 'COSINE' or .* as similarity_function": [
        Annotated[list[float], Vector(3), VectorIndex("NEAR")]  # type: ignore[arg-type]
    ],
    "dimensions of a vector must be a number": [Annotated[list[float], Vector("3")]],  # type: ignore[arg-type]
}


@pytest.mark.parametrize("door", [aio, sync])
@pytest.mark.parametrize(
    ("message", "annotation"), [(message, each) for message, listed in CONTRADICTIONS.items() for each in listed]
)
def test_rule_31_markers_that_contradict_or_mean_nothing_are_refused(door, message, annotation):
    with pytest.raises(ModelError, match=rf"Bad\.v:? .*{message}"):
        made(door.Document, id=Key, v=annotation)


@pytest.mark.parametrize(
    ("annotation", "cql"),
    [
        (Annotated[Id, BigInt()], "bigint"),
        (Annotated[int, PrimaryKey(), PrimaryKey], "bigint"),
        (Annotated[list[int], Frozen(), Frozen(True)], "frozen<list<bigint>>"),
        (list[Annotated[int, Int()]], "list<int>"),
        (dict[Annotated[str, Text()], Annotated[list[int], Frozen()]], "map<text, frozen<list<bigint>>>"),
        (Annotated[list[Annotated[int, Int()]], Vector(3)], "vector<int, 3>"),
        (set[tuple[int, timedelta]], "set<frozen<tuple<bigint, duration>>>"),
        (dict[str, timedelta], "map<text, duration>"),
        (list[timedelta], "list<duration>"),
        (Literal["a", "b"], "text"),
        (Annotated[bytes, Indexed(), Indexed("two", using="org.example.Index")], "blob"),
        (Annotated[dict[bytes, str], Indexed(using="sai", options={"normalize": True})], "map<blob, text>"),
    ],
)
def test_rule_31_what_says_the_same_twice_or_fits_inside_is_let_be(annotation, cql):
    assert str(made(id=Key, v=annotation).column_types()["v"]) == cql


@pytest.mark.parametrize(
    ("places", "key"),
    [
        ({"a": None, "b": None}, ("a", "b")),
        ({"a": 1, "b": 0}, ("b", "a")),
        ({"a": 0, "b": None, "c": 2}, ("a", "b", "c")),
        ({"a": 2, "b": None, "c": 0}, ("c", "b", "a")),
        ({"a": 0}, ("a",)),
    ],
)
def test_each_column_of_a_key_is_at_its_place(places, key):
    partition = {name: Annotated[int, PrimaryKey(place)] for name, place in places.items()}
    assert tuple(made(**partition).column_types()) == tuple(places)
    assert f"PRIMARY KEY (({', '.join(key)}))".replace("((a))", "(a)") in ddl(made(**partition))
    rows = {name: Annotated[int, ClusteringKey(clustering_key_index=place)] for name, place in places.items()}
    assert f"PRIMARY KEY ((id), {', '.join(key)})" in ddl(made(id=Key, **rows))


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"a": 1, "b": 2}, "b is at place 2 of a key of 2; places count from 0, without gaps"),
        ({"a": 0, "b": 2}, "b is at place 2 of a key of 2"),
        ({"a": 5}, "a is at place 5 of a key of 1"),
        ({"a": 0, "b": 0}, "a and b are both at place 0"),
        ({"a": 1, "b": None}, "a and b are both at place 1"),
        ({"a": None, "b": 0}, "a and b are both at place 0"),
    ],
)
def test_rule_31_gaps_in_a_key_are_refused(places, message):
    with pytest.raises(ModelError, match=f"Bad: {message}"):
        made(**{name: Annotated[int, PrimaryKey(place)] for name, place in places.items()})
    with pytest.raises(ModelError, match=f"Bad: {message}"):
        made(id=Key, **{name: Annotated[int, ClusteringKey(clustering_key_index=at)] for name, at in places.items()})


def ddl(model: Any) -> str:
    from coodie.schema import schema_of, statements

    return statements(schema_of([model], None))[0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": Annotated[int, PrimaryKey(), Indexed()]}, "id is the whole partition key"),
        ({"id": Annotated[int, PrimaryKey(), Indexed(using="sai")], "c": Row}, "id is the whole partition key"),
        ({"id": Key, "a": Annotated[int, Indexed("x")], "b": Annotated[int, Indexed("x")]}, "two indexes .* 'x'"),
        ({"id": Key, "a": Annotated[int, Indexed("x"), Indexed("x", using="sai")]}, "two indexes are called 'x'"),
        ({"id": Key, "a": Annotated[int, Indexed(), Indexed("x")]}, "two indexes on a do the same"),
        ({"id": Key, "a": Annotated[int, Indexed, Indexed]}, "two indexes on a do the same"),
        ({"id": Key, "a": Annotated[set[int], Indexed(), Indexed(target="values")]}, "two indexes on a do the same"),
        (
            {"id": Key, "a": Annotated[str, Indexed(using="sai"), Indexed(using="SAI", options={"ascii": True})]},
            "two indexes on a do the same",
        ),
        (
            {"id": Key, "a": Annotated[list[float], Vector(3), VectorIndex(), VectorIndex("EUCLIDEAN")]},
            "two indexes on a do the same",
        ),
    ],
)
def test_rule_31_indexes_that_the_server_would_refuse_or_never_make_are_refused(fields, message):
    with pytest.raises(ModelError, match=f"Bad: {message}"):
        made(**fields)


def test_an_index_on_a_part_of_the_key_is_fine():
    both = {"a": Annotated[int, PrimaryKey(), Indexed()], "b": Annotated[int, PrimaryKey(), Indexed(using="sai")]}
    assert made(**both, c=Annotated[int, ClusteringKey(), Indexed()], v=Annotated[str, Indexed(), Indexed(using="sai")])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, 5),
        (Literal["a", "b"], "c"),
        (int, "x"),
        (int, "5"),
        (str, ["x"]),
        (Annotated[str, TimeUUID()], "x"),
    ],
)
def test_rule_31_a_discriminator_value_fits_its_field(kind, value):
    with pytest.raises(ModelError, match="Bad"):
        made(settings={"discriminator_value": value}, id=Key, kind=Annotated[kind, Discriminator()])


def test_rule_31_a_ttl_is_said_once():
    settings = {"default_ttl": 5, "options": {"default_time_to_live": 6}}
    with pytest.raises(ModelError, match="default_ttl is the option default_time_to_live; give one of them"):
        made(settings=settings, id=Key)


def test_a_family_of_counters_counts():
    class Hits(sync.CounterDocument):
        id: Key
        kind: Annotated[str, ClusteringKey(), Discriminator()]
        n: Annotated[int | None, Counter()] = None

    class Clicks(Hits):
        m: Annotated[int | None, Counter()] = None

        class Settings:
            discriminator_value = "click"

    assert Clicks(id=1).kind == "click"


def test_rule_31_a_table_of_counters_has_no_index():
    with pytest.raises(ModelError, match="Row: a table of counters has no indexes; leave the one of at out"):

        class Row(sync.CounterDocument):
            id: Key
            at: Annotated[int, ClusteringKey(), Indexed()]
            n: Annotated[int | None, Counter()] = None


def test_rule_31_a_row_of_counters_has_one_that_is_not_static():
    with pytest.raises(ModelError, match="Row has static counters only, so its rows could never exist"):

        class Row(sync.CounterDocument):
            id: Key
            at: Annotated[int, ClusteringKey()]
            n: Annotated[int | None, Counter(), Static()] = None


def test_counters_have_no_default_ttl():
    with pytest.raises(ModelError, match="Settings: counters never expire; leave the option default_time_to_live"):

        class Row(sync.CounterDocument):
            id: Key
            n: Annotated[int | None, Counter()] = None

            class Settings:
                options = {"default_time_to_live": 60}


class Tree(UserType):
    branches: "list[Tree]" = []


@pytest.mark.parametrize(
    "annotation",
    [
        pytest.param(Tree, id="a type that holds itself"),
        pytest.param(Annotated[list[float], Vector(0)], id="no dimension"),
        pytest.param(Annotated[list[float], Vector("3>, b int")], id="dimensions as text"),  # type: ignore[arg-type]
        pytest.param(Annotated[int, PrimaryKey("first")], id="place as text"),  # type: ignore[arg-type]
        pytest.param(Annotated[int, Column(name=5)], id="name as number"),  # type: ignore[arg-type]
    ],
)
def test_a_field_that_cannot_be_a_column_is_a_model_error(annotation):
    with pytest.raises(ModelError, match=r"Odd\.field"):

        class Odd(sync.Document):
            id: Annotated[int, PrimaryKey()]
            field: annotation  # type: ignore[valid-type]


def test_a_column_is_not_called_as_a_part_of_an_answer():
    with pytest.raises(ModelError, match=r"\[applied\]"):

        class Confusing(sync.Document):
            id: Annotated[int, PrimaryKey()]
            applied: Annotated[bool | None, Column(name="[applied]")] = None
