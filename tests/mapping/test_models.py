"""What makes a class a table, what its settings say, and the classes that cannot be one."""

import enum
from datetime import datetime
from typing import Annotated, ClassVar, Optional
from uuid import UUID

import pytest
from pydantic import (
    BaseModel,
)
from typing_extensions import TypeAliasType

from coodie.drivers import register_driver, unregister_driver
from coodie.exceptions import InvalidQueryError, ModelError
from coodie.fields import ClusteringKey, Column, Counter, Discriminator, Frozen, Indexed, Int, PrimaryKey, Static
from coodie.sync import CounterDocument, Document, MaterializedView
from coodie.testing import RecordingDriver
from coodie.usertype import UserType

Key = Annotated[int, PrimaryKey()]
UserKey = TypeAliasType("UserKey", Annotated[UUID, PrimaryKey()])


def created(model):
    """The CREATE TABLE of a model."""
    with RecordingDriver():
        return model.sync_table(dry_run=True)[0].removeprefix("CREATE TABLE IF NOT EXISTS ")


def make(bases=(Document,), settings=None, **annotations):
    """A class called Bad with these fields."""
    body = {"__annotations__": annotations, "__module__": __name__, "__qualname__": "Bad"}
    if settings is not None:
        body["Settings"] = type("Settings", (), {"__qualname__": "Bad.Settings", **settings})
    return type(Document)("Bad", bases, body)


@pytest.mark.parametrize(
    ("annotations", "cql"),
    [
        ({"id": Key}, "bad (id bigint, PRIMARY KEY (id))"),
        ({"id": Annotated[int, PrimaryKey]}, "bad (id bigint, PRIMARY KEY (id))"),
        ({"id": UserKey}, "bad (id uuid, PRIMARY KEY (id))"),
        ({"id": Optional[Annotated[int, PrimaryKey()]]}, "bad (id bigint, PRIMARY KEY (id))"),  # noqa: UP045
        ({"id": Annotated[int | None, PrimaryKey()]}, "bad (id bigint, PRIMARY KEY (id))"),
        ({"id": Annotated[int, Int(), PrimaryKey()]}, "bad (id int, PRIMARY KEY (id))"),
        ({"v": str, "id": Key}, "bad (id bigint, v text, PRIMARY KEY (id))"),
        ({"a": Key, "b": Key}, "bad (a bigint, b bigint, PRIMARY KEY ((a, b)))"),
        (
            {"a": Annotated[int, PrimaryKey(1)], "b": Annotated[int, PrimaryKey(0)]},
            "bad (b bigint, a bigint, PRIMARY KEY ((b, a)))",
        ),
        (
            {
                "a": Key,
                "b": Annotated[int, PrimaryKey(clustering=True, order="DESC")],
                "c": Annotated[int, ClusteringKey],
            },
            "bad (a bigint, b bigint, c bigint, PRIMARY KEY ((a), b, c)) WITH CLUSTERING ORDER BY (b DESC, c ASC)",
        ),
        (
            {
                "a": Key,
                "b": Annotated[int, ClusteringKey("DESC", 1)],
                "c": Annotated[int, PrimaryKey(clustering=True, clustering_key_index=0)],
            },
            "bad (a bigint, c bigint, b bigint, PRIMARY KEY ((a), c, b)) WITH CLUSTERING ORDER BY (c ASC, b DESC)",
        ),
        (
            {"a": Key, "b": Annotated[int, ClusteringKey()], "s": Annotated[str, Static()]},
            "bad (a bigint, b bigint, s text STATIC, PRIMARY KEY ((a), b))",
        ),
        ({"a": Annotated[int, PrimaryKey(), Column("Order")]}, 'bad ("Order" bigint, PRIMARY KEY ("Order"))'),
        ({"a": Annotated[list[int], Frozen(), PrimaryKey()]}, "bad (a frozen<list<bigint>>, PRIMARY KEY (a))"),
        ({"a": Annotated[tuple[int, str], PrimaryKey()]}, "bad (a frozen<tuple<bigint, text>>, PRIMARY KEY (a))"),
        (
            {"id": Key, "v": Annotated[int, Column("x; DROP TABLE y")]},
            'bad (id bigint, "x; DROP TABLE y" bigint, PRIMARY KEY (id))',
        ),
    ],
)
def test_the_table_of_a_model(annotations, cql):
    assert created(make(**annotations)) == cql


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"name": str}, "Bad has no primary key"),
        ({}, "Bad has no primary key"),
        ({"n": Annotated[int, ClusteringKey()]}, "Bad has no primary key"),
        ({"id": Key, "v": type}, r"Bad\.v: type has no CQL type"),
        ({"id": Key, "v": object}, r"Bad\.v"),
        ({"id": Key, "v": list[object]}, r"Bad\.v"),
        ({"id": Key, "v": BaseModel}, r"Bad\.v.*UserType"),
        ({"id": Key, "v": int | str}, r"Bad\.v"),
        ({"id": Key, "v": Annotated[str, Int()]}, r"Bad\.v"),
        ({"id": Key, "v": Annotated[int, Column("id")]}, r"Bad\.v and \.id are both column 'id'"),
        ({"id": Key, "a": Annotated[int, Column("x")], "b": Annotated[int, Column("x")]}, r"Bad\.b and \.a"),
        ({"id": Key, "v": Annotated[int, Counter()]}, r"Bad\.v is a counter; only a CounterDocument"),
        ({"id": Key, "v": Annotated[str, Counter()]}, r"Bad\.v: a counter must be an int"),
        ({"id": Key, "s": Annotated[str, Static()]}, r"Bad\.s is Static.*no clustering key"),
        ({"id": Annotated[int, PrimaryKey(), Static()]}, r"Bad\.id cannot be a key and Static"),
        (
            {"id": Key, "n": Annotated[int, PrimaryKey(), ClusteringKey()]},
            r"Bad\.n: PrimaryKey\(\) and ClusteringKey\(\) contra",
        ),
        (
            {"id": Key, "a": Annotated[str, Discriminator()], "b": Annotated[str, Discriminator()]},
            r"Bad\.b and \.a are both",
        ),
        ({"id": Annotated[int, PrimaryKey(order="UP")]}, r"Bad\.id: PrimaryKey\(\) takes 'ASC' or 'DESC' as order"),
        (
            {"id": Key, "n": Annotated[int, ClusteringKey("desc")]},
            r"Bad\.n: ClusteringKey\(\) takes 'ASC' or 'DESC' as",
        ),
        ({"id": Annotated[list[int], PrimaryKey()]}, r"Bad\.id: list<bigint> cannot be in a primary key"),
        ({"id": Annotated[dict[str, int], PrimaryKey()]}, r"Bad\.id: .*Frozen"),
        ({"id": Annotated[int, PrimaryKey(), Counter()]}, r"Bad\.id: counter cannot be in a primary key"),
        ({"id": Key, "v": Annotated[int, Column("")]}, r"Bad\.v"),
        ({"id": Key, "v": Annotated[int, Column]}, r"Bad\.v: a bare Column does not say enough"),
        ({"id": Key, "v": Annotated[int, Column("a\0b")]}, r"Bad\.v"),
        ({"id": Key, "v": Annotated[int, Column("a" * 65536)]}, r"Bad\.v"),
        ({"id": Key, "v": Annotated[int, Indexed("x; DROP TABLE y")]}, r"Bad\.v"),
    ],
)
def test_a_class_that_cannot_be_a_table_is_refused_when_it_is_made(annotations, message):
    with pytest.raises(ModelError, match=message):
        make(**annotations)


def test_a_marker_in_the_place_of_a_default_is_refused():
    with pytest.raises(ModelError, match=r"A\.email has a marker as its default; write email: Annotated\[..., Indexed"):

        class A(Document):
            id: Key
            email: str = Indexed()


@pytest.mark.parametrize("name", ["Setings", "settings", "Setting"])
def test_misspelled_settings_are_refused(name):
    nested = type(name, (), {"__module__": __name__, "__qualname__": f"Bad.{name}"})
    body = {"__annotations__": {"id": Key}, "__module__": __name__, "__qualname__": "Bad", name: nested}
    with pytest.raises(ModelError, match=f"Bad has a class '{name}', which has no meaning; did you mean 'Settings'"):
        type("Bad", (Document,), body)


def test_a_duration_cannot_be_a_key():
    from datetime import timedelta

    with pytest.raises(ModelError, match=r"Bad\.id: duration cannot be in a primary key"):
        make(id=Annotated[timedelta, PrimaryKey()])


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
@pytest.mark.parametrize(
    "name", ["save", "insert", "update", "delete", "delete_columns", "get", "find", "create", "table_name"]
)
def test_a_field_called_like_a_method_is_refused(name):
    with pytest.raises(ModelError, match=rf"Bad\.{name} has the name of the method .*Column\(name='{name}'\)"):
        make(id=Key, **{name: int})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "x; DROP TABLE y"}, "Bad.*letters, digits and underscores"),
        ({"keyspace": "x; DROP TABLE y"}, "Bad.*keyspace.*letters, digits and underscores"),
        ({"name": "a" * 49}, "Bad.*49 characters"),
        ({"name": 'a"b'}, "Bad"),
        ({"name": ""}, "Bad.*empty"),
        ({"keyspace": ""}, "Bad.*empty"),
        ({"nam": "x"}, "'nam'; did you mean 'name'"),
        ({"keyspce": "x"}, "did you mean 'keyspace'"),
        ({"table_name": "x"}, "did you mean 'name'"),
        ({"qqqq": 1}, "unknown setting 'qqqq'; known: name, keyspace"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ModelError, match=message):
        make(settings=settings, id=Key)


def test_a_wrong_model_is_a_wrong_query():
    assert issubclass(ModelError, InvalidQueryError)


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"id": Key, "v": int}, r"Bad\.v is not a counter"),
        ({"id": Key, "v": Annotated[int, Counter()], "w": str}, r"Bad\.w is not a counter"),
        ({"id": Annotated[int, Counter()]}, "no primary key"),
        pytest.param({"id": Key}, "counter"),
    ],
)
def test_a_table_of_counters_holds_counters(annotations, message):
    with pytest.raises(ModelError, match=message):
        make((CounterDocument,), **annotations)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("User", "user"),
        ("PageViews", "page_views"),
        ("HTTPServer", "http_server"),
        ("User2Go", "user2_go"),
        ("A", "a"),
        ("lower_case", "lower_case"),
    ],
)
def test_the_name_of_a_table_is_the_snake_case_of_the_class(name, table):
    model = type(Document)(name, (Document,), {"__annotations__": {"id": Key}, "__module__": __name__})
    assert model.table_name() == table


class Base(Document):
    id: Key

    class Settings:
        abstract = True
        keyspace = "base"
        default_ttl = 60
        consistency = "QUORUM"


class Child(Base):
    v: int = 0


class Grandchild(Child):
    class Settings:
        keyspace = "grand"
        default_ttl = None


def test_settings_are_inherited_key_by_key():
    assert created(Child) == "base.child (id bigint, v bigint, PRIMARY KEY (id)) WITH default_time_to_live = 60"
    assert created(Grandchild) == "grand.grandchild (id bigint, v bigint, PRIMARY KEY (id))"
    assert Child.find().statement().options.consistency == "QUORUM"
    assert Grandchild.find().statement().options.consistency == "QUORUM"


def test_abstract_is_not_inherited():
    with pytest.raises(ModelError, match="Base is abstract"):
        Base.find()
    with pytest.raises(ModelError, match="Base is abstract"):
        Base.table_name()
    assert Child.table_name() == "child"


def test_abstract_is_not_inherited_by_settings_that_derive_from_others():
    class Other(Base):
        class Settings(Base.Settings):
            keyspace = "other"

    assert Other.find().statement().cql == "SELECT id FROM other.other"


def test_an_abstract_class_needs_no_key():
    class Stamped(Document):
        made: datetime | None = None

        class Settings:
            abstract = True

    class Thing(Stamped):
        id: Key

    assert created(Thing) == "thing (id bigint, made timestamp, PRIMARY KEY (id))"


def test_settings_may_have_their_dunder_spelling():
    class Old(Document):
        __abstract__ = True
        __keyspace__ = "ks"
        __default_ttl__ = 5
        __options__: ClassVar[dict] = {"comment": "x"}

    class Row(Old):
        id: Key

    class Nested(Old):
        id: Key

        class Settings:
            keyspace = "mine"

    options = " WITH comment = 'x' AND default_time_to_live = 5"
    assert created(Row) == f"ks.row (id bigint, PRIMARY KEY (id)){options}"
    assert created(Nested) == f"mine.nested (id bigint, PRIMARY KEY (id)){options}"
    with pytest.raises(ModelError, match="abstract"):
        Old.find()


def test_each_other_setting_has_its_dunder_spelling_too():
    class Place(UserType):
        __type_name__ = "spot"
        city: str

    class Pet(Document):
        __connection__ = "reports"
        __consistency__ = "QUORUM"
        __serial_consistency__ = "LOCAL_SERIAL"
        __timeout__ = 3.0
        id: Key
        kind: Annotated[str, Discriminator()] = ""
        home: Place | None = None

    class Cat(Pet):
        __discriminator_value__ = "cat"

    class ByKind(MaterializedView):
        __base_table__ = Pet
        __view_columns__ = "*"
        __where_clause__ = "kind IS NOT NULL AND id > 5"
        __clustering_order__: ClassVar[dict] = {"id": "DESC"}
        kind: Annotated[str, PrimaryKey()]
        id: Annotated[int, ClusteringKey()]

    recorder = RecordingDriver(strict=False)
    register_driver("reports", recorder)
    texts = [*Pet.sync_table(), *ByKind.sync_view()]
    Cat.find(id=1).all()
    unregister_driver("reports")
    assert (Cat(id=1).kind, Cat.table_name()) == ("cat", "pet")
    options = recorder.last.request.options
    assert (options.consistency, options.serial_consistency, options.timeout) == ("QUORUM", "LOCAL_SERIAL", 3.0)
    assert texts == [
        "CREATE TYPE IF NOT EXISTS spot (city text)",
        "CREATE TABLE IF NOT EXISTS pet (id bigint, kind text, home frozen<spot>, PRIMARY KEY (id))",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS by_kind AS SELECT * FROM pet "
        "WHERE kind IS NOT NULL AND id > 5 PRIMARY KEY ((kind), id) WITH CLUSTERING ORDER BY (id DESC)",
    ]


def test_models_in_functions_and_classes_with_postponed_annotations():
    scope = {"__name__": __name__}
    source = """
from __future__ import annotations
from typing import Annotated
from uuid import UUID
from coodie.fields import PrimaryKey
from coodie.sync import Document

def make():
    from datetime import date
    class Local(Document):
        id: Annotated[UUID | None, PrimaryKey()] = None
        day: date
    return Local
"""
    exec(compile(source, "x", "exec"), scope)
    assert created(scope["make"]()) == "local (id uuid, day date, PRIMARY KEY (id))"


class Early(Document):
    id: Key
    kind: "Kind"


class Kind(enum.Enum):
    A = "a"


def test_a_class_may_name_one_that_comes_later():
    assert created(Early) == "early (id bigint, kind text, PRIMARY KEY (id))"


def test_a_class_derives_from_a_table_and_is_one():
    class Animal(Document):
        id: Key
        name: str = ""

    class Dog(Animal):
        tricks: set[str] = set()

    assert created(Dog) == "dog (id bigint, name text, tricks set<text>, PRIMARY KEY (id))"
    assert created(Animal) == "animal (id bigint, name text, PRIMARY KEY (id))"


# What Pydantic offers works as it does without a table.
