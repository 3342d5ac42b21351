"""Several models at once: in which order, what is asked, and what they may not be together."""

from typing import Annotated

import pytest
from plans.events import HAS, INDEX, Event
from plans.fake_cluster import Cluster, column

from coodie.exceptions import (
    InvalidQueryError,
    SchemaMismatch,
)
from coodie.fields import ClusteringKey, Discriminator, Indexed, Int, PrimaryKey
from coodie.mapping.schema import schema_of
from coodie.plans.ddl_calls import sync_all, sync_type, verify_all
from coodie.plans.schema_flows import sync, verify
from coodie.sync import Document, MaterializedView
from coodie.usertype import UserType


class Part(UserType):
    n: Annotated[int, Int()]


class Whole(UserType):
    parts: list[Part]


class Thing(Document):
    id: Annotated[int, PrimaryKey()]
    whole: Whole | None = None

    class Settings:
        keyspace = "ks"


class Placed(Document):
    id: Annotated[int, PrimaryKey()]


class ThingView(MaterializedView):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        base_table = Thing


def test_models_in_a_list_are_told_to_come_one_by_one():
    with pytest.raises(InvalidQueryError, match=r"sync_all\(\*models\), not a list"):
        sync_all([[Thing]])


def test_what_has_no_table_is_refused():
    with pytest.raises(InvalidQueryError, match=r"Part is neither a document nor a view.*sync_type\(\)"):
        verify_all([Thing, Part])


def test_types_come_first_and_views_last():
    cluster = Cluster()
    ((flow, connection),) = sync_all([ThingView, Thing])
    texts = cluster.drive(flow)
    assert connection is None
    assert [" ".join(text.split()[1:6]) for text in texts] == [
        "TYPE IF NOT EXISTS ks.part",
        "TYPE IF NOT EXISTS ks.whole",
        "TABLE IF NOT EXISTS ks.thing",
        "MATERIALIZED VIEW IF NOT EXISTS",
    ]
    assert cluster.asked == ["columns", "types"] * 2, "views of a keyspace without tables need no question"


TYPE = "type_name field_names field_types"


def test_a_type_grows_by_its_fields():
    cluster = Cluster(types=[(TYPE, "whole", [], []), (TYPE, "part", ["m"], ["int"])])
    texts = cluster.drive(sync_type(Whole, "ks", None))
    assert texts == ["ALTER TYPE ks.part ADD n int", "ALTER TYPE ks.whole ADD parts frozen<list<frozen<part>>>"]


def test_all_is_asked_for_at_once_however_many_models_there_are():
    cluster = Cluster(columns=HAS, indexes=[INDEX])
    ((flow, _),) = verify_all([Thing, ThingView])
    with pytest.raises(
        SchemaMismatch, match=r"(?s)4 differences.*table ks\.thing is missing.*view ks\.thing_view is missing"
    ):
        cluster.drive(flow)
    assert sorted(cluster.asked) == ["columns", "types", "views"]
    ((flow, _),) = verify_all([Thing, ThingView], exact=True)
    with pytest.raises(SchemaMismatch, match=r"(?s)5 differences.*table ks\.event is extra"):
        cluster.drive(flow)


def test_one_model_that_is_all_there_should_be_is_compared_with_the_whole_keyspace():
    cluster = Cluster(columns=HAS, indexes=[INDEX])
    ((flow, _),) = verify_all([Thing], exact=True)
    with pytest.raises(SchemaMismatch, match=r"(?s)table ks\.thing is missing.*table ks\.event is extra"):
        cluster.drive(flow)


def test_among_several_models_a_view_in_the_place_of_a_table_is_told():
    names = "view_name base_table_name where_clause include_all_columns"
    cluster = Cluster(columns=HAS, indexes=[INDEX], views=[(names, "event", "other", "user IS NOT NULL", False)])
    with pytest.raises(SchemaMismatch, match=r"(?s)table ks\.event is different.*found:  a materialized view"):
        cluster.drive(sync(schema_of([Event, Placed], "ks")))
    assert cluster.sent == []


def test_each_keyspace_and_connection_has_a_flow_of_its_own():
    class Elsewhere(Thing):
        class Settings:
            keyspace = "other"
            connection = "second"

    flows = sync_all([Thing, Elsewhere, ThingView])
    assert [connection for _, connection in flows] == [None, "second"]


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()]


class Cat(Animal):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


class Dog(Animal):
    tricks: Annotated[list[str], Indexed()] = []

    class Settings:
        discriminator_value = "dog"


def test_classes_that_share_a_table_want_all_of_their_columns_in_it():
    for models in ([Animal], [Cat, Dog], [Dog, Cat, Animal]):
        (table,) = schema_of(models, "ks").tables
        assert table.name == "animal"
        assert set(table.by_name) == {"id", "kind", "lives", "tricks"}
        assert [index.column for index in table.indexes] == ["tricks"]


def test_two_models_of_one_table_that_differ_are_refused():
    class One(Document):
        id: Annotated[int, PrimaryKey()]
        v: int = 0

    class Two(Document):
        id: Annotated[int, PrimaryKey()]
        v: str = ""

        class Settings:
            name = "one"

    class Three(Document):
        v: Annotated[int, PrimaryKey()]

        class Settings:
            name = "one"

    with pytest.raises(InvalidQueryError, match="column 'v' is bigint in one and text in the other"):
        schema_of([One, Two], None)
    with pytest.raises(InvalidQueryError, match="'one' and different keys"):
        schema_of([One, Three], None)


class Named(Document):
    id: Annotated[int, PrimaryKey()]
    place: Annotated[str, Indexed("by_place")] = ""


class AlsoNamed(Document):
    id: Annotated[int, PrimaryKey()]
    city: Annotated[str, Indexed("by_place")] = ""


class Grid(UserType):
    x: int = 0
    y: int = 0


class InGrid(Document):
    at: Annotated[Grid, PrimaryKey()]


class ByKind(MaterializedView):
    kind: Annotated[str, PrimaryKey()]
    user: Annotated[str, ClusteringKey()]
    at: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = Event


def refused(cluster, wanted, why):
    with pytest.raises(SchemaMismatch) as caught:
        cluster.drive(sync(wanted))
    assert why in str(caught.value)
    assert cluster.sent == []


TAKEN = ("table_name index_name options", "other", "by_place", {"target": "v"})


KEY = column("id", "bigint", "partition_key", 0, table="named")


@pytest.mark.parametrize("columns", [[], [KEY, column("place", table="named")]])
def test_rule_31_an_index_name_of_another_table_is_refused_before_anything_is_sent(columns):
    cluster = Cluster(columns=columns, indexes=[TAKEN])
    refused(cluster, schema_of([Named], "ks"), "found:  an index of other")
    with pytest.raises(SchemaMismatch, match="an index of other"):
        cluster.drive(verify(schema_of([Named], "ks")))


def test_rule_31_one_index_name_in_two_models_is_refused_before_anything_is_asked():
    with pytest.raises(InvalidQueryError, match="'named' and 'also_named' both have an index called 'by_place'"):
        sync_all([Named, AlsoNamed])
    assert len(sync_all([Named])) == 1


def test_rule_31_an_index_name_counts_in_its_keyspace_only():
    class Elsewhere(AlsoNamed):
        class Settings:
            keyspace = "other"

    assert len(sync_all([Named, Elsewhere])) == 2


def test_a_type_in_a_partition_key_is_not_added_to():
    has = column("at", "frozen<grid>", "partition_key", 0, table="in_grid")
    cluster = Cluster(columns=[has], types=[("type_name field_names field_types", "grid", ["x"], ["bigint"])])
    refused(cluster, schema_of([InGrid], "ks"), "the type is in the partition key of in_grid")


def test_a_view_does_not_take_the_name_of_a_table():
    has = [column("id", "bigint", "partition_key", 0, table="by_kind")]
    cluster = Cluster(columns=has)
    refused(cluster, schema_of([ByKind], "ks"), "a table has this name; give the view another name")


def test_no_table_is_made_when_a_view_beside_it_cannot_be():
    refused(Cluster(), schema_of([Named, ByKind], "ks"), "table ks.event is missing")
    assert Cluster().drive(sync(schema_of([Event, ByKind], "ks")))[-1].startswith("CREATE MATERIALIZED VIEW")


@pytest.mark.parametrize("other", [Named, ByKind])
def test_a_view_and_another_model_of_its_name_are_refused(other):
    class Again(ByKind):
        class Settings:
            name = other.table_name()
            where_clause = "kind IS NOT NULL AND user > 'a' AND at IS NOT NULL"

    with pytest.raises(InvalidQueryError, match="two models have the name"):
        schema_of([other, Again], "ks")
