"""What sync and verify ask, send and raise, against a cluster that is a few lists of rows."""

import pickle

import pytest
from plans.events import HAS, INDEX, Event
from plans.fake_cluster import Cluster, column

from coodie.exceptions import (
    InvalidQueryError,
    OutcomeUnknown,
    RequestRejected,
    SchemaDisagreement,
    SchemaMismatch,
)
from coodie.mapping.schema import schema_of
from coodie.plans.schema_flows import read_all, sync, verify

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


@pytest.mark.parametrize(("keyspace", "pauses"), [("ks", [0.25, 0.5, 1]), (None, [0.25, 0.5])])
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
    with pytest.raises(
        InvalidQueryError, match="event cannot be verified: neither the model nor its connection names a keyspace"
    ):
        cluster.drive(verify(nowhere))
    assert cluster.asked == []


def refused(cluster, wanted, why):
    with pytest.raises(SchemaMismatch) as caught:
        cluster.drive(sync(wanted))
    assert why in str(caught.value)
    assert cluster.sent == []
