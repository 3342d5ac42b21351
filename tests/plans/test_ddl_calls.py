"""What sync and verify ask, send and raise, against a cluster that is a few lists of rows."""

import pickle
from typing import Annotated

import pytest

from coodie.cql.message import Kind, Page
from coodie.exceptions import (
    CoodieError,
    InvalidQueryError,
    OutcomeUnknown,
    RequestRejected,
    SchemaDisagreement,
    SchemaMismatch,
)
from coodie.fields import ClusteringKey, Discriminator, Indexed, Int, PrimaryKey, Static
from coodie.mapping.schema import schema_of
from coodie.plans.ddl_calls import sync_all, sync_type, verify_all
from coodie.plans.plan import Pause
from coodie.plans.schema_flows import read_all, sync, verify
from coodie.sync import Document, MaterializedView
from coodie.usertype import UserType


class Cluster:
    """Answers questions to system_schema from lists of rows, one row a page; keeps the DDL, and makes nothing of it."""

    def __init__(self, **parts):
        self.parts = {"keyspaces": [("keyspace_name durable_writes replication", "ks", True, {"class": "S"})], **parts}
        self.asked, self.sent, self.pauses = [], [], []
        self.on_ddl = {}

    def answer(self, request):
        if isinstance(request, Pause):
            self.pauses.append(request.seconds)
            return Page()
        if request.kind is Kind.SCHEMA:
            return self.change(request.cql)
        part = request.cql.split("FROM system_schema.")[1].split()[0]
        at = int(request.options.paging_state or b"0")
        if at == 0:
            self.asked.append(part)
        rows = [dict(zip(names.split(), row, strict=True)) for names, *row in self.parts.get(part, [])]
        rows = [row for row in rows if self._wanted(request, part, row)]
        if not rows:
            return Page(("keyspace_name",))
        state = str(at + 1).encode() if at + 1 < len(rows) else None
        return Page(tuple(rows[at]), [tuple(rows[at].values())], state)

    def _wanted(self, request, part, row):
        values = dict(request.params)
        if row.get("keyspace_name", "ks") != values.pop("keyspace_name"):
            return False
        return all(row[name] == value for name, value in values.items())

    def change(self, text):
        act = self.on_ddl.get(text)
        self.sent.append(text)
        if isinstance(act, Exception):
            raise act
        if act is not None:
            act()
        return Page()

    def try_to_answer(self, request):
        try:
            return self.answer(request)
        except CoodieError as error:
            return error

    def drive(self, flow):
        try:
            request = next(flow)
            while True:
                answer = self.try_to_answer(request)
                request = flow.throw(answer) if isinstance(answer, CoodieError) else flow.send(answer)
        except StopIteration as done:
            return done.value


COLUMNS = "table_name column_name type kind position clustering_order"


def column(name, cql_type="text", kind="regular", position=-1, order="none", table="event"):
    return (COLUMNS, table, name, cql_type, kind, position, order)


class Event(Document):
    user: Annotated[str, PrimaryKey()]
    at: Annotated[int, ClusteringKey(order="DESC")]
    owner: Annotated[str | None, Static()] = None
    kind: Annotated[str, Indexed()] = ""

    class Settings:
        options = {"comment": "events"}


HAS = [
    column("user", kind="partition_key", position=0),
    column("at", "bigint", "clustering", 0, "desc"),
    column("owner", kind="static"),
    column("kind"),
]
INDEX = ("table_name index_name options", "event", "event_kind_idx", {"target": "kind"})
ADD_KIND, INDEX_KIND = "ALTER TABLE ks.event ADD kind text", "CREATE INDEX IF NOT EXISTS ON ks.event (kind)"
WANTED = schema_of([Event], "ks")


def test_what_is_there_is_asked_for_and_nothing_is_sent():
    cluster = Cluster(columns=HAS, indexes=[INDEX])
    assert cluster.drive(sync(WANTED)) == []
    assert cluster.asked == ["columns", "indexes"]


def test_what_is_missing_is_added_one_statement_at_a_time_and_read_again():
    cluster = Cluster(columns=HAS[:-1])
    assert cluster.drive(sync(WANTED)) == cluster.sent == [ADD_KIND, INDEX_KIND]
    assert cluster.asked == ["columns", "indexes", "dropped_columns"] * 2


def test_a_dry_run_sends_nothing():
    cluster = Cluster(columns=HAS[:-1])
    assert cluster.drive(sync(WANTED, dry_run=True)) == [ADD_KIND, INDEX_KIND]
    assert cluster.sent == []


def test_another_release_that_was_faster_is_added_to():
    """IF NOT EXISTS did nothing, for the table of an older release was there by then."""
    cluster = Cluster()
    create = cluster.drive(sync(WANTED, dry_run=True))[0]
    cluster.on_ddl[create] = lambda: cluster.parts.update(columns=HAS[:-1])
    cluster.on_ddl[ADD_KIND] = lambda: cluster.parts.update(columns=HAS, indexes=[INDEX])
    cluster.on_ddl[INDEX_KIND] = RequestRejected("Undefined column name kind in table ks.event")
    with_failure = cluster.drive(sync(WANTED))
    assert with_failure == [create, ADD_KIND]
    assert cluster.sent == [create, INDEX_KIND, ADD_KIND, INDEX_KIND]


def test_a_column_that_another_worker_added_first_is_no_error():
    cluster = Cluster(columns=HAS[:-1], indexes=[INDEX])

    def faster():
        cluster.parts["columns"] = HAS
        raise RequestRejected("Column with name 'kind' already exists")

    cluster.on_ddl[ADD_KIND] = faster
    assert cluster.drive(sync(WANTED)) == []
    assert cluster.sent == [ADD_KIND]


def test_a_statement_that_stays_refused_is_an_error():
    cluster = Cluster(columns=HAS[:-1])
    cluster.on_ddl[ADD_KIND] = refused = RequestRejected("User x has no ALTER permission")
    with pytest.raises(RequestRejected) as caught:
        cluster.drive(sync(WANTED))
    assert caught.value is refused
    assert cluster.sent == [ADD_KIND]


def test_a_keyspace_that_does_not_exist_is_named():
    cluster = Cluster(keyspaces=[])
    create = cluster.drive(sync(WANTED, dry_run=True))[0]
    cluster.on_ddl[create] = RequestRejected("Keyspace 'ks' doesn't exist")
    with pytest.raises(SchemaMismatch, match="event: wanted in keyspace ks, found no keyspace of that name"):
        cluster.drive(sync(WANTED))
    with pytest.raises(SchemaMismatch, match=r"create_keyspace\('ks'\)") as caught:
        cluster.drive(verify(WANTED))
    (change,) = caught.value.changes
    assert (change.about, change.name, change.wanted, change.found) == ("keyspace", "ks", "ks", None)
    assert cluster.drive(read_all("ks")) is None


def test_a_lost_agreement_ends_it():
    cluster = Cluster(columns=HAS[:-1])
    cluster.on_ddl[ADD_KIND] = SchemaDisagreement("the nodes did not agree")
    with pytest.raises(SchemaDisagreement):
        cluster.drive(sync(WANTED))
    assert cluster.sent == [ADD_KIND]


def test_a_statement_whose_outcome_is_unknown_is_looked_for_and_has_happened():
    cluster = Cluster(columns=HAS[:-1])

    def late():
        cluster.parts["columns"] = HAS
        raise OutcomeUnknown("no answer in time")

    cluster.on_ddl[ADD_KIND] = late
    assert cluster.drive(sync(WANTED)) == [ADD_KIND, INDEX_KIND]
    *sent, last = cluster.sent
    assert sent == [ADD_KIND, INDEX_KIND]
    assert last.startswith("CREATE TABLE IF NOT EXISTS ks.event ("), "to hear when all nodes agree"


def test_a_statement_whose_outcome_is_unknown_is_sent_again_if_it_has_not_happened():
    cluster = Cluster(columns=HAS[:-1])

    def later():
        del cluster.on_ddl[ADD_KIND]
        raise OutcomeUnknown("no answer in time")

    cluster.on_ddl[ADD_KIND] = later
    assert cluster.drive(sync(WANTED)) == [ADD_KIND, INDEX_KIND]
    assert cluster.sent[:3] == [ADD_KIND, ADD_KIND, INDEX_KIND]


def test_what_was_sent_twice_and_happened_the_first_time_is_no_error():
    cluster = Cluster(columns=HAS[:-1], indexes=[INDEX])

    def second():
        cluster.parts["columns"] = HAS
        raise RequestRejected("Column with name 'kind' already exists")

    def first():
        cluster.on_ddl[ADD_KIND] = second
        raise OutcomeUnknown("no answer in time")

    cluster.on_ddl[ADD_KIND] = first
    cluster.drive(sync(WANTED))
    assert cluster.sent[:2] == [ADD_KIND, ADD_KIND]


@pytest.mark.parametrize("keyspace", ["ks", None])
def test_an_outcome_that_stays_unknown_is_an_error(keyspace):
    cluster = Cluster()
    wanted = schema_of([Event], keyspace)
    create = cluster.drive(sync(wanted, dry_run=True))[0]
    cluster.on_ddl[create] = unknown = OutcomeUnknown("no answer in time")
    with pytest.raises(OutcomeUnknown) as caught:
        cluster.drive(sync(wanted))
    assert caught.value is unknown
    assert cluster.sent == [create] * 3


@pytest.mark.parametrize(("keyspace", "pauses"), [("ks", [0.5, 1, 2]), (None, [0.5, 1])])
def test_after_an_unknown_outcome_there_is_a_pause_that_grows(keyspace, pauses):
    cluster = Cluster()
    wanted = schema_of([Event], keyspace)
    create = cluster.drive(sync(wanted, dry_run=True))[0]
    cluster.on_ddl[create] = OutcomeUnknown("no answer in time")
    with pytest.raises(OutcomeUnknown):
        cluster.drive(sync(wanted))
    assert cluster.pauses == pauses


def test_without_a_keyspace_what_creates_is_sent_again_after_an_unknown_outcome():
    cluster = Cluster()
    wanted = schema_of([Event], None)
    texts = cluster.drive(sync(wanted, dry_run=True))

    def later():
        del cluster.on_ddl[texts[0]]
        raise OutcomeUnknown("no answer in time")

    cluster.on_ddl[texts[0]] = later
    assert cluster.drive(sync(wanted)) == texts
    assert cluster.sent == [texts[0], *texts]


def test_a_difference_is_refused_before_anything_is_sent():
    cluster = Cluster(columns=[HAS[0], HAS[1], column("owner")])
    with pytest.raises(
        SchemaMismatch, match=r"(?s)1 difference in keyspace ks.*owner text \(static\).*owner text \(regular\)"
    ):
        cluster.drive(sync(WANTED))
    assert cluster.sent == []


def test_a_column_that_cannot_come_back_is_refused_before_anything_is_sent():
    dropped = ("table_name column_name type kind", "event", "kind", "int", "regular")
    cluster = Cluster(columns=HAS[:-1], dropped_columns=[dropped])
    for act in (sync, verify):
        with pytest.raises(SchemaMismatch, match=r"(?s)kind is missing.*kind int \(regular\) before it was dropped"):
            cluster.drive(act(WANTED))
    assert cluster.sent == []


def test_verify_tells_everything_and_sends_nothing():
    cluster = Cluster(columns=HAS[:-1], tables=[("table_name comment", "event", "other")])
    with pytest.raises(SchemaMismatch) as caught:
        cluster.drive(verify(WANTED))
    for piece in ("3 differences", "column ks.event.kind is missing", "option ks.event comment", "index ks.event.kind"):
        assert piece in str(caught.value)
    assert [(change.about, change.name, change.found) for change in caught.value.changes] == [
        ("column", "ks.event.kind", None),
        ("option", "ks.event comment", "other"),
        ("index", "ks.event.kind", None),
    ]
    assert pickle.loads(pickle.dumps(caught.value)).changes == caught.value.changes
    assert cluster.sent == []
    assert cluster.asked == ["columns", "indexes", "tables", "dropped_columns"]


def test_verify_of_what_is_as_it_should_be():
    more = column("more")
    cluster = Cluster(
        columns=[*HAS, more], indexes=[INDEX], tables=[("table_name comment cdc", "event", "events", None)]
    )
    cluster.drive(verify(WANTED))
    with pytest.raises(SchemaMismatch, match=r"ks\.event\.more is extra"):
        cluster.drive(verify(WANTED, exact=True))


def test_without_a_keyspace_nobody_can_be_asked():
    cluster = Cluster()
    nowhere = schema_of([Event], None)
    texts = cluster.drive(sync(nowhere))
    assert texts == cluster.sent
    assert texts[0].startswith("CREATE TABLE IF NOT EXISTS event (")
    assert cluster.drive(sync(nowhere, dry_run=True)) == texts
    with pytest.raises(InvalidQueryError, match="event: neither the model nor its connection names a keyspace"):
        cluster.drive(verify(nowhere))
    assert cluster.asked == []


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
    with pytest.raises(InvalidQueryError, match=r"Part is no document and no view.*sync_type\(\)"):
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
    refused(cluster, schema_of([ByKind], "ks"), "a table has this name; call the view otherwise")


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
