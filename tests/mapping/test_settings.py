"""Where settings may stand, in which spelling, what they may be, and who inherits them."""

from typing import Annotated, Any, Generic, TypeVar

import pytest
from pydantic import create_model

from coodie import aio, sync
from coodie.batch import BatchQuery
from coodie.exceptions import BatchWarning, ModelError
from coodie.fields import ClusteringKey, Discriminator, PrimaryKey
from coodie.mapping.settings import Settings, read_settings
from coodie.sync import CounterDocument, Document, MaterializedView
from coodie.usertype import UserType

Key = Annotated[int, PrimaryKey()]

ON_A_DOCUMENT: dict[str, Any] = {
    "name": "here",
    "keyspace": "shop",
    "connection": "second",
    "abstract": True,
    "default_ttl": 5,
    "consistency": "QUORUM",
    "serial_consistency": "LOCAL_SERIAL",
    "timeout": 3.0,
    "options": {"comment": "x"},
    "discriminator_value": "cat",
    "validate_on_save": False,
    "warn_whole_table": False,
    "warn_filtering": False,
    "warn_index_reads": False,
    "warn_aggregates": False,
    "warn_in_partitions": 3,
    "warn_nulls": True,
    "warn_overwrites": True,
    "warn_statements": 7,
    "warn_bytes": None,
    "warn_partitions": 9,
}
ON_A_VIEW: dict[str, Any] = {
    "base_table": "pets",
    "view_columns": "*",
    "where_clause": "kind IS NOT NULL AND id IS NOT NULL",
    "clustering_order": {"id": "DESC"},
}
VALUES = ON_A_DOCUMENT | ON_A_VIEW | {"type_name": "spot"}


def dunder(key):
    return "__table_name__" if key == "name" else f"__{key}__"


def in_a_class(settings):
    return {"Settings": type("Settings", (), settings)}


def in_a_derived_class(settings):
    return {"Settings": type("Settings", (type("Common", (), settings),), {})}


def in_a_mapping(settings):
    return {"Settings": settings}


def on_the_class(settings):
    return {dunder(key) if key in VALUES else key: value for key, value in settings.items()}


def with_dunders(settings):
    return in_a_class({dunder(key): value for key, value in settings.items()})


def with_dunders_in_a_mapping(settings):
    return in_a_mapping({dunder(key): value for key, value in settings.items()})


PLACES = [in_a_class, in_a_mapping, on_the_class, with_dunders, with_dunders_in_a_mapping]


def made(base, places, settings, name="Bad", **annotations):
    body = {"__annotations__": annotations, "__module__": __name__, "__qualname__": name}
    return type(base)(name, (base,), body | places(settings))


def base_of(key):
    return MaterializedView if key in ON_A_VIEW else UserType if key == "type_name" else Document


def test_rule_31_the_settings_of_these_tests_are_all_that_there_are():
    assert VALUES.keys() == set(Settings.__dataclass_fields__)


@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("key", VALUES)
def test_rule_31_each_setting_is_read_wherever_it_may_stand(key, places):
    others = {"base_table": "pets"} if key in ON_A_VIEW else {}
    fields = {"kind": Annotated[str, PrimaryKey(), Discriminator()], "id": Annotated[int, ClusteringKey()]}
    if key == "type_name":
        fields = {"x": int}
    if key in ON_A_VIEW:
        fields["kind"] = Annotated[str, PrimaryKey()]
    model = made(base_of(key), places, others | {key: VALUES[key]}, **fields)
    assert getattr(read_settings(model), key) == VALUES[key]


@pytest.mark.parametrize("key", [key for key in VALUES if key not in ("abstract", "discriminator_value")])
def test_a_setting_is_inherited_by_classes_and_by_settings_that_are_derived(key):
    assert getattr(read_settings(type("B", (type("A", (), in_a_class({key: VALUES[key]})),), {})), key) == VALUES[key]
    assert getattr(read_settings(type("A", (), in_a_derived_class({key: VALUES[key]}))), key) == VALUES[key]


@pytest.mark.parametrize(
    ("places", "settings", "message"),
    [
        (in_a_class, {"keyspce": "x"}, "unknown setting 'keyspce'; did you mean 'keyspace'"),
        (in_a_mapping, {"keyspce": "x"}, "unknown setting 'keyspce'; did you mean 'keyspace'"),
        (in_a_class, {"__keyspce__": "x"}, "unknown setting '__keyspce__'; did you mean '__keyspace__'"),
        (in_a_mapping, {"__name__": "x"}, "unknown setting '__name__'; did you mean 'name'"),
        (in_a_mapping, {"table_name": "x"}, "unknown setting 'table_name'; did you mean 'name'"),
        (in_a_mapping, {"gc_grace_seconds": 5}, "'gc_grace_seconds', a table option; write options = "),
        (in_a_mapping, {5: 5}, "the name of a setting must be a str, not an int"),
        (in_a_class, {"__qqqq__": 1}, "unknown setting '__qqqq__'; known: name, keyspace"),
        (in_a_class, {"keyspace": "x", "__keyspace__": "x"}, "gives 'keyspace' twice"),
        (in_a_mapping, {"name": "x", "__table_name__": "y"}, "gives 'name' twice"),
        (
            on_the_class,
            {"__tablename__": "x"},
            "'__tablename__', which has no meaning; did you mean '__table_name__'",
        ),
        (on_the_class, {"__table__": "x"}, "has '__table__', which has no meaning; did you mean '__table_name__'"),
        (on_the_class, {"__keyspce__": "x"}, "did you mean '__keyspace__'"),
        (on_the_class, {"__ttl__": 5}, "has '__ttl__', which has no meaning; did you mean '__default_ttl__'"),
        (lambda given: given, {"Settings": 5}, "Settings must be a class or a mapping, not an int"),
        (lambda given: given, {"Settings": lambda: None}, "Settings must be a class or a mapping, not a function"),
        (
            lambda given: given,
            {"Meta": type("Meta", (), {"__qualname__": "Bad.Meta"})},
            "has a class 'Meta', which has no meaning; write class Settings",
        ),
        (
            lambda given: given,
            {"Settings": {"keyspace": "x"}, "__keyspace__": "y"},
            "gives the setting 'keyspace' twice",
        ),
    ],
)
def test_rule_31_a_setting_that_nobody_reads_is_refused(places, settings, message):
    with pytest.raises(ModelError, match=f"Bad.*{message}"):
        made(Document, places, settings, id=Key)


WRONG = {
    "name": [5, b"x", ("a",)],
    "keyspace": [5, True],
    "connection": [5],
    "abstract": ["no", 1, None],
    "default_ttl": ["5", 5.0, True],
    "consistency": [5],
    "serial_consistency": [{}],
    "timeout": ["5", True],
    "options": ["x", [("comment", "x")]],
    "warn_whole_table": ["no", 1, None],
    "warn_in_partitions": ["5", True],
    "warn_nulls": ["yes", 1, None],
    "warn_overwrites": ["yes", 1, None],
    "warn_statements": ["5", True, 5.0],
    "warn_bytes": ["5"],
    "warn_partitions": [[5]],
    "type_name": [5],
    "base_table": [5],
    "view_columns": [5],
    "where_clause": [True, 5],
    "clustering_order": ["id", 5],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_rule_31_a_value_of_another_type_is_refused(key, value):
    with pytest.raises(ModelError, match=rf"Bad\.Settings: {key} is (a|True)"):
        made(base_of(key), in_a_class, {"base_table": "pets", key: value} if key in ON_A_VIEW else {key: value}, id=Key)


@pytest.mark.parametrize(
    ("base", "keys"),
    [
        (Document, [*ON_A_VIEW, "type_name"]),
        (CounterDocument, [*ON_A_VIEW, "type_name", "default_ttl"]),
        (MaterializedView, ["type_name", "default_ttl", "warn_statements"]),
        (UserType, [key for key in VALUES if key != "type_name"]),
    ],
)
def test_rule_31_a_setting_that_means_nothing_in_such_a_class_is_refused(base, keys):
    for key in keys:
        with pytest.raises(ModelError, match=rf"Bad\.Settings has '{key}', which means nothing in a .*; it is for a "):
            made(base, in_a_class, {key: VALUES[key]}, id=Key)


class Stored(Document):
    id: Key

    class Settings:
        name = "stored"


class Placed(Document):
    id: Key

    class Settings:
        abstract = True
        name = "placed"


class First(Placed):
    pass


class Named:
    name = "by_many"


class ByMany(Document):
    id: Key
    Settings = Named


@pytest.mark.parametrize(
    ("base", "body", "other"),
    [
        (Stored, {}, "Stored"),
        (Stored, in_a_class({"keyspace": None}), "Stored"),
        (Stored, {"Settings": type("Settings", (Stored.Settings,), {})}, "Stored"),
        (Placed, {}, "First"),
        (Document, {"Settings": Named}, "ByMany"),
        (Document, {"Settings": type("Settings", (Named,), {})}, "ByMany"),
    ],
)
def test_rule_31_a_table_name_that_another_class_has_is_not_inherited(base, body, other):
    with pytest.raises(ModelError, match=f"Bad inherits the table name '.*', and {other} has that table"):
        made(base, lambda given: given, body, id=Key)


@pytest.mark.parametrize(
    "body",
    [
        in_a_class({"name": "stored", "__qualname__": "Bad.Settings"}),
        in_a_mapping({"name": "stored"}),
        {"__table_name__": "stored"},
        in_a_class({"keyspace": "elsewhere"}),
        in_a_class({"connection": "second"}),
        in_a_class({"abstract": True}),
    ],
)
def test_rule_31_who_writes_the_name_or_another_place_does_so_knowingly(body):
    assert issubclass(made(Stored, lambda given: given, body), Stored)


def test_rule_31_a_class_made_anew_has_the_table_of_the_one_before():
    def make():
        class Again(Placed):
            class Settings:
                keyspace = "again"

        return Again

    assert make().table_name() == make().table_name() == "placed"


def test_rule_31_a_family_shares_its_table():
    class Pet(Document):
        kind: Annotated[str, PrimaryKey(), Discriminator()]

        class Settings:
            name = "pets_of_a_family"

    class Cat(Pet):
        class Settings:
            discriminator_value = "cat"

    assert Cat.table_name() == "pets_of_a_family"


T = TypeVar("T")


def test_rule_31_a_class_with_a_type_argument_is_not_yet_the_table_of_its_subclass():
    class Crate(Document, Generic[T]):
        id: Key
        value: T

        class Settings:
            name = "crates"

    class Numbers(Crate[int]):
        pass

    assert Numbers.table_name() == "crates"
    with pytest.raises(ModelError, match="inherits the table name 'crates', and Numbers has that table"):
        Crate[str].table_name()


def test_rule_31_a_type_name_is_not_inherited():
    class Place(UserType):
        x: int

        class Settings:
            type_name = "spot"

    with pytest.raises(ModelError, match="Bad inherits the type name 'spot', and Place has that type"):
        made(Place, in_a_class, {})
    assert made(Place, in_a_class, {"type_name": "other", "__qualname__": "Bad.Settings"}).type_name() == "other"


class Common:
    keyspace = "shop"


@pytest.mark.parametrize("door", [aio, sync])
@pytest.mark.parametrize("settings", [Common, {"keyspace": "shop"}, type("Settings", (), {"keyspace": "shop"})])
def test_settings_need_not_be_a_class_statement_inside(door, settings):
    class Row(door.Document):
        id: Key
        Settings = settings

    # Without __module__, Pydantic takes no class in the body of a class.
    body = {"__annotations__": {"id": Key}, "Settings": settings}
    module = {"__module__": __name__} if isinstance(settings, type) else {}
    called = type("Row", (door.Document,), body | module)
    further = create_model("Row", __base__=Row, v=(int, 0))
    for model in (Row, called, further):
        assert model.find().statement().cql.endswith(" FROM shop.row")


@pytest.mark.parametrize("door", [aio, sync])
def test_a_user_type_may_have_such_settings_too(door):
    class Place(UserType):
        x: int
        Settings = {"type_name": "spot"}

    made = type("Other", (UserType,), {"__annotations__": {"x": int}, "__module__": __name__, "Settings": {}})
    assert (Place.type_name(), made.type_name()) == ("spot", "other")


class Batched(Document):
    id: Key

    class Settings:
        warn_statements = None
        warn_bytes = 1
        warn_partitions = 1000


@pytest.mark.parametrize(
    ("given", "warned"),
    [
        ({}, "bytes"),
        ({"warn_bytes": 5120}, None),
        ({"warn_statements": 50, "warn_bytes": None}, "60 statements"),
        ({"warn_bytes": None, "warn_partitions": 10}, "60 partitions"),
    ],
)
def test_rule_31_a_threshold_that_is_given_wins_and_none_switches_it_off(given, warned, recwarn, coodie_recorder):
    with BatchQuery(**given) as batch:
        for number in range(60):
            Batched(id=number).save(batch=batch)
    messages = [str(each.message) for each in recwarn if each.category is BatchWarning]
    assert len(messages) == (warned is not None)
    assert all(warned in message for message in messages)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"warn_bytes": "5120"}, id="threshold"),
        pytest.param({"options": ["comment"]}, id="options"),
        pytest.param({"name": 5}, id="name"),
        pytest.param({"keyspace": b"shop"}, id="keyspace"),
    ],
)
def test_a_setting_of_a_wrong_kind_is_a_model_error(settings):
    named = {"__module__": __name__, "__qualname__": "made.<locals>.Made.Settings"}
    with pytest.raises(ModelError, match="Made"):

        class Made(Document):
            id: Annotated[int, PrimaryKey()]

            Settings = type("Settings", (), {**named, **settings})
