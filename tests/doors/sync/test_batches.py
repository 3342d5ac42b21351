# Derived by tests/derive.py: edit tests/doors/aio/test_batches.py,
# then run `tox -e sync`.
"""What a batch refuses, keeps, warns of and gives back."""

import warnings
from datetime import datetime, timezone
from typing import Annotated

import pytest

from coodie.sync import BatchQuery, CounterDocument, Document
from coodie.batch import BatchWarning
from coodie.drivers import register_driver, unregister_driver
from coodie.exceptions import ConfigurationError, DriverError, InvalidQueryError, OutcomeUnknown, Unavailable
from coodie.fields import ClusteringKey, Counter, Frozen, PrimaryKey, Static
from coodie.testing import RecordingDriver, faults


class User(Document):
    id: Annotated[int, PrimaryKey()]
    n: Annotated[int, ClusteringKey()] = 0
    name: str = "ann"
    tags: set[str] = set()

    class Settings:
        name = "users"


class Other(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "bo"


class Listed(Document):
    id: Annotated[int, PrimaryKey()]
    items: list[int] = []


class Views(CounterDocument):
    id: Annotated[int, PrimaryKey()]
    views: Annotated[int | None, Counter()] = None


class Elsewhere(Document):
    id: Annotated[int, PrimaryKey()]

    class Settings:
        connection = "elsewhere"


class Careful(Document):
    id: Annotated[int, PrimaryKey()]
    v: int = 0

    class Settings:
        consistency = "QUORUM"
        serial_consistency = "LOCAL_SERIAL"
        timeout = 3.0
        warn_statements = 1
        warn_bytes = 100
        warn_partitions = 1


def save_careful(batch):
    Careful(id=1).save(batch=batch)


def save(batch):
    User(id=1).save(batch=batch)


def insert(batch):
    User(id=1).insert(batch=batch)


def update_if(batch):
    User(id=1).update(name="cy", if_conditions={"name": "ann"}, batch=batch)


def update_if_there(batch):
    User(id=1).update(name="cy", if_exists=True, batch=batch)


def update_other_row_if(batch):
    User(id=1, n=1).update(name="cy", if_conditions={"name": "ann"}, batch=batch)


def update_if_one_of(batch):
    User(id=1).update(name="cy", if_conditions={"name__in": ["ann", "bo"]}, batch=batch)


def insert_elsewhere(batch):
    User(id=2).insert(batch=batch)


def save_elsewhere(batch):
    User(id=2).save(batch=batch)


def save_in_two_partitions(batch):
    save(batch)
    save_elsewhere(batch)


def delete_two_partitions(batch):
    User.find(id__in=[1, 2]).delete(batch=batch)


def update_two_rows(batch):
    User.find(id=1, n__in=[1, 2]).update(name="cy", batch=batch)


def delete_a_range(batch):
    User.find(id=1, n__gt=5).delete(batch=batch)


def save_other_table(batch):
    Other(id=1).save(batch=batch)


def save_other_row(batch):
    User(id=1, n=1).save(batch=batch)


def save_with_timestamp(batch):
    User(id=1, n=1).save(timestamp=5, batch=batch)


def save_with_consistency(batch):
    User(id=1, n=1).save(consistency="QUORUM", batch=batch)


def save_with_timeout(batch):
    User(id=1, n=1).save(timeout=1.0, batch=batch)


def save_over_another_connection(batch):
    Elsewhere(id=1).save(batch=batch)


def increment(batch):
    Views(id=1).increment(views=1, batch=batch)


def delete_counters(batch):
    Views(id=1).delete(batch=batch)


def adds(cql):
    def add(batch):
        batch.add(cql)

    add.__name__ = cql.split()[0].lower()
    return add


def nothing(batch):
    pass


@pytest.mark.parametrize(
    ("options", "before", "refused", "why", "names"),
    [
        ({}, save, increment, "changes a counter", "UPDATE views SET"),
        ({}, nothing, increment, "changes a counter", "UPDATE views SET"),
        ({}, save, delete_counters, "changes a counter", "DELETE FROM views"),
        ({"logged": False}, nothing, increment, "changes a counter", "UPDATE views SET"),
        ({"batch_type": "COUNTER"}, increment, save, "changes no counter", "INSERT INTO users"),
        ({"batch_type": "COUNTER"}, nothing, insert, "changes no counter", "INSERT INTO users"),
        ({}, insert, update_if, "one condition only", "UPDATE users SET name"),
        ({}, insert, insert_elsewhere, "one condition only", "INSERT INTO users"),
        ({"allow_multiple_conditions": True}, insert, insert_elsewhere, "another partition", "INSERT INTO users"),
        ({"allow_multiple_conditions": True}, insert, update_if, "not under two", "UPDATE users SET name"),
        ({"allow_multiple_conditions": True}, insert, update_if_there, "not under two", "UPDATE users SET name"),
        ({"allow_multiple_conditions": True}, update_if_there, update_if, "not under two", "UPDATE users SET name"),
        ({}, insert, save_elsewhere, "another partition", "INSERT INTO users"),
        ({}, save_elsewhere, insert, "another partition", "INSERT INTO users"),
        ({}, save_in_two_partitions, adds("DELETE FROM users WHERE id = 1 IF EXISTS"), "another partition", "DELETE"),
        ({}, insert, save_other_table, "another table", "INSERT INTO other"),
        ({}, save_other_table, insert, "another table", "INSERT INTO users"),
        ({}, insert, delete_two_partitions, "takes no __in", "DELETE FROM users WHERE id IN ?"),
        ({}, delete_two_partitions, insert, "takes no __in", "INSERT INTO users"),
        ({}, insert, update_two_rows, "takes no __in", "UPDATE users"),
        ({}, update_two_rows, insert, "takes no __in", "INSERT INTO users"),
        ({"timestamp": 5}, save_other_row, insert, "takes no timestamp", "INSERT INTO users"),
        ({}, insert, save_with_timestamp, "takes no timestamp", "INSERT INTO users"),
        ({}, save_with_timestamp, insert, "takes no timestamp", "INSERT INTO users"),
        ({"timestamp": 5}, save, save_with_timestamp, "only one of them", "INSERT INTO users"),
        ({}, save, save_with_consistency, "those of the batch", "INSERT INTO users"),
        ({}, save, save_with_timeout, "those of the batch", "INSERT INTO users"),
        ({}, save, save_over_another_connection, "another connection", "INSERT INTO elsewhere"),
        ({"connection": "x"}, nothing, save, "another connection", "INSERT INTO users"),
        ({}, save, adds("SELECT name FROM users"), "INSERT, UPDATE and DELETE", "SELECT name FROM users"),
        ({}, save, adds("CREATE TABLE t (id int PRIMARY KEY)"), "INSERT, UPDATE and DELETE", "CREATE TABLE t"),
        ({}, save, adds("TRUNCATE users"), "INSERT, UPDATE and DELETE", "TRUNCATE users"),
        ({}, insert, adds("DELETE FROM users WHERE id = 1 IF EXISTS"), "one condition only", "DELETE FROM users"),
        ({}, save, save_careful, "Careful and User ask for different consistency", "INSERT INTO careful"),
        ({"timeout": 9.0}, save, save_careful, "Careful and User ask for different", "INSERT INTO careful"),
    ],
)
def test_a_statement_that_breaks_a_rule_is_refused_and_the_rest_is_kept(
    coodie_recorder, options, before, refused, why, names
):
    batch = BatchQuery(**options)
    before(batch)
    kept = batch.statements
    with pytest.raises(InvalidQueryError, match=why) as caught:
        refused(batch)
    assert f"statement {len(kept) + 1} " in str(caught.value)
    assert names in str(caught.value)
    assert batch.statements == kept
    assert coodie_recorder.calls == []


@pytest.mark.parametrize(
    ("options", "writes"),
    [
        ({}, [insert, save_other_row]),
        ({}, [save_other_row, insert]),
        ({}, [insert, delete_a_range]),
        ({"allow_multiple_conditions": True}, [insert, insert]),
        ({"allow_multiple_conditions": True}, [update_if, update_if_one_of]),
        ({"allow_multiple_conditions": True}, [insert, update_other_row_if]),
        ({}, [update_if_one_of]),
        ({"consistency": "QUORUM", "serial_consistency": "LOCAL_SERIAL", "timeout": 2.0}, [insert]),
    ],
)
def test_one_condition_in_one_partition_is_allowed(coodie_recorder, options, writes):
    coodie_recorder.on("batch").applied()
    batch = BatchQuery(**options, warn_statements=None)
    for write in writes:
        write(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BatchWarning)
        result = batch.execute()
    assert result is batch.result
    assert result.applied


@pytest.mark.parametrize(
    "options",
    [
        {"batch_type": "BULK"},
        {"batch_type": 1},
        {"timestamp": "now"},
        {"timestamp": True},
        {"timestamp": 1.5},
        {"batch_type": "COUNTER", "timestamp": 1},
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(InvalidQueryError):
        BatchQuery(**options)


def test_the_options_go_with_the_batch(coodie_recorder, cql_snapshot):
    at = datetime(2030, 1, 1, 0, 0, 0, 7, tzinfo=timezone.utc)
    with BatchQuery(timestamp=at, consistency="QUORUM", timeout=2.5) as batch:
        User(id=1).save(batch=batch)
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder.last.timestamp == 1893456000000007
    options = coodie_recorder.last.request.options
    assert (options.consistency, options.timeout) == ("QUORUM", 2.5)


def options_of(recorder):
    options = recorder.last.request.options
    return options.consistency, options.serial_consistency, options.timeout


def test_the_options_of_the_settings_go_with_the_batch_unless_it_has_its_own(coodie_recorder):
    with BatchQuery() as batch:
        Careful(id=1).save(batch=batch)
    assert options_of(coodie_recorder) == ("QUORUM", "LOCAL_SERIAL", 3.0)
    with BatchQuery(consistency="ONE", serial_consistency="SERIAL", timeout=9.0) as batch:
        Careful(id=1).save(batch=batch)
    assert options_of(coodie_recorder) == ("ONE", "SERIAL", 9.0)
    with BatchQuery(consistency="ONE", serial_consistency="SERIAL", timeout=9.0) as batch:
        save(batch)
        save_careful(batch)
    assert options_of(coodie_recorder) == ("ONE", "SERIAL", 9.0)


@pytest.mark.parametrize(
    ("cql", "params"),
    [
        ("", []),
        ("  ", []),
        (None, []),
        ("DELETE FROM t WHERE a = ?", "x"),
        ("DELETE FROM t WHERE a = ?", {"a": 1}),
        ("DELETE FROM t WHERE a = ?", 5),
    ],
)
def test_add_refuses_what_is_no_statement(cql, params):
    batch = BatchQuery()
    with pytest.raises(InvalidQueryError):
        batch.add(cql, params)
    assert batch.statements == ()


def test_an_empty_batch_sends_nothing(coodie_recorder):
    with BatchQuery() as batch:
        pass
    assert batch.execute() is None
    assert coodie_recorder.calls == []


def test_executing_empties_the_batch_and_it_can_be_used_again(coodie_recorder):
    batch = BatchQuery()
    for _ in range(2):
        User(id=1).save(batch=batch)
        batch.execute()
        assert batch.statements == ()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


@pytest.mark.filterwarnings("ignore::coodie.exceptions.BatchWarning")
def test_what_a_condition_binds_a_batch_to_ends_with_the_batch_and_not_with_a_refusal(coodie_recorder):
    for _ in range(3):
        coodie_recorder.on("batch").applied()
    batch = BatchQuery(allow_multiple_conditions=True)
    insert(batch)
    for refused in (update_if, save_elsewhere):
        with pytest.raises(InvalidQueryError, match=r"two|another partition"):
            refused(batch)
    insert(batch)
    save_other_row(batch)
    batch.execute()
    update_if(batch)
    batch.execute()
    insert_elsewhere(batch)
    batch.execute()
    assert [len(call.statements) for call in coodie_recorder.batches] == [3, 1, 1]


def test_a_batch_that_is_used_again_goes_where_its_next_document_belongs(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    batch = BatchQuery()
    for document in (User(id=1), Elsewhere(id=1), User(id=1)):
        document.save(batch=batch)
        batch.execute()
    unregister_driver("elsewhere")
    assert (len(coodie_recorder.batches), len(elsewhere.batches)) == (2, 1)


def test_executing_in_the_block_sends_nothing_twice(coodie_recorder):
    with BatchQuery() as batch:
        User(id=1).save(batch=batch)
        batch.execute()
        User(id=2).save(batch=batch)
    assert [call.statements[0].params["id"] for call in coodie_recorder.batches] == [1, 2]


def test_after_an_error_the_batch_can_be_filled_again(coodie_recorder):
    batch = BatchQuery()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        with batch:
            User(id=1).save(batch=batch)
            raise ZeroDivisionError
    with batch:
        User(id=2).save(batch=batch)
    assert [call.statements[0].params["id"] for call in coodie_recorder.batches] == [2]


def test_a_failed_execute_keeps_the_statements_for_another_try(coodie_recorder):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    batch = BatchQuery()
    User(id=1).save(batch=batch)
    with pytest.raises(OutcomeUnknown):
        batch.execute()
    assert len(batch.statements) == 1
    with pytest.raises(InvalidQueryError, match="could not be sent"):
        User(id=2).save(batch=batch)
    batch.execute()
    assert batch.statements == ()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


KNOWN_NOT_TO_HAVE_HAPPENED = [faults.unavailable(), faults.overloaded(), faults.invalid(), faults.no_hosts()]


def test_rule_35_a_batch_knows_how_it_ended(coodie_recorder):
    batch = BatchQuery()
    assert batch.outcome == "open"
    User(id=1).save(batch=batch)
    batch.execute()
    assert batch.outcome == "done"
    User(id=1).save(batch=batch)
    assert batch.outcome == "open"
    with BatchQuery() as empty:
        pass
    assert empty.outcome == "done"
    coodie_recorder.on("batch").applied(False, {"id": 1, "n": 0, "name": "bo"})
    with BatchQuery() as lost:
        insert(lost)
    assert lost.outcome == "done"


@pytest.mark.parametrize("fault", KNOWN_NOT_TO_HAVE_HAPPENED)
def test_rule_35_a_batch_that_failed_can_be_executed_again_whatever_is_in_it(coodie_recorder, fault):
    coodie_recorder.on("batch").raises(fault)
    batch = BatchQuery()
    Listed(id=1).update(items__append=[1], batch=batch)
    with pytest.raises(DriverError):
        batch.execute()
    assert batch.outcome == "failed"
    batch.execute()
    assert batch.outcome == "done"


def test_rule_35_a_batch_without_a_connection_failed():
    batch = BatchQuery()
    Listed(id=1).update(items__append=[1], batch=batch)
    with pytest.raises(ConfigurationError):
        batch.execute()
    assert batch.outcome == "failed"


@pytest.mark.parametrize(
    ("add", "options"),
    [
        pytest.param(lambda batch: Listed(id=1).update(items__append=[1], batch=batch), {}, id="append"),
        pytest.param(lambda batch: User(id=1).insert(batch=batch), {}, id="condition"),
        pytest.param(
            lambda batch: Views(id=1).increment(views=1, batch=batch), {"batch_type": "COUNTER"}, id="counter"
        ),
    ],
)
def test_rule_35_what_may_have_happened_is_sent_again_only_if_said_so(coodie_recorder, add, options):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    batch = BatchQuery(**options)
    add(batch)
    with pytest.raises(OutcomeUnknown):
        batch.execute()
    assert batch.outcome == "unknown"
    with pytest.raises(InvalidQueryError, match=r"would repeat statement 1: .* execute\(again=True\)"):
        batch.execute()
    assert (batch.outcome, len(coodie_recorder.batches)) == ("unknown", 1)
    coodie_recorder.on("batch").raises(faults.unavailable())
    with pytest.raises(Unavailable):
        batch.execute(again=True)
    assert batch.outcome == "unknown", "the first attempt may still have happened"
    coodie_recorder.on("batch", conditional=True).applied().optional()
    batch.execute(again=True)
    assert batch.outcome == "done"


def test_rule_35_what_can_be_sent_twice_is_sent_again_without_a_word(coodie_recorder):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    batch = BatchQuery()
    User(id=1).save(batch=batch)
    User(id=2).delete(batch=batch)
    with pytest.raises(OutcomeUnknown):
        batch.execute()
    batch.execute()
    assert (batch.outcome, len(coodie_recorder.batches)) == ("done", 2)


def test_rule_35_again_is_yes_or_no():
    with pytest.raises(InvalidQueryError, match="again is True or False, not 1"):
        BatchQuery().execute(again=1)  # type: ignore[arg-type]


def test_rule_35_the_outcome_stays_known_when_the_block_is_left(coodie_recorder):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    batch = BatchQuery()
    with pytest.raises(OutcomeUnknown):  # noqa: PT012
        with batch:
            User(id=1).save(batch=batch)
            batch.execute()
    assert (batch.outcome, batch.statements) == ("unknown", ())
    batch.execute()
    assert (batch.outcome, len(coodie_recorder.batches)) == ("unknown", 1)


def test_leaving_the_block_does_not_send_a_failed_batch_again(coodie_recorder):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    with BatchQuery() as batch:
        User(id=1).save(batch=batch)
        with pytest.raises(OutcomeUnknown):
            batch.execute()
    assert len(coodie_recorder.batches) == 1
    assert len(batch.statements) == 1


def test_an_error_on_leaving_the_block_keeps_the_statements(coodie_recorder):
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    batch = BatchQuery()
    with pytest.raises(OutcomeUnknown):
        with batch:
            User(id=1).save(batch=batch)
    assert len(batch.statements) == 1
    batch.execute()
    assert len(coodie_recorder.batches) == 2


@pytest.mark.parametrize(
    ("options", "count", "message"),
    [
        ({}, 51, "51 statements"),
        ({"warn_statements": 2}, 3, "3 statements"),
        ({"warn_statements": None, "warn_bytes": 50}, 3, "bytes"),
        ({"warn_statements": None, "warn_partitions": 2}, 3, "3 partitions"),
        ({"warn_statements": None}, 11, "11 partitions"),
    ],
)
def test_a_batch_that_burdens_the_cluster_warns(coodie_recorder, options, count, message):
    batch = BatchQuery(**options)
    for number in range(count):
        User(id=number, name="a" * 20).save(batch=batch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batch.execute()
    assert any(message in str(each.message) for each in caught)
    assert {each.category for each in caught} == {BatchWarning}
    assert len(coodie_recorder.last.statements) == count


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        ({}, ["2 statements (over 1)", "bytes (over 100)", "2 partitions (over 1)"]),
        ({"warn_statements": 2}, ["bytes (over 100)", "2 partitions (over 1)"]),
        ({"warn_bytes": None, "warn_partitions": 2}, ["2 statements (over 1)"]),
    ],
)
def test_the_thresholds_may_stand_in_the_settings_and_an_argument_wins(coodie_recorder, options, warned):
    class Large(Careful):
        text: str = "x" * 50

    batch = BatchQuery(**options)
    for number in (1, 2):
        Large(id=number).save(batch=batch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        batch.execute()
    assert len(caught) == len(warned)
    assert all(part in str(each.message) for part, each in zip(warned, caught, strict=True))


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"warn_partitions": None}, 50),
        ({}, 10),
        ({"warn_statements": 3}, 3),
        ({"warn_statements": None, "warn_bytes": None, "warn_partitions": None}, 2000),
    ],
)
def test_up_to_the_threshold_nothing_warns(coodie_recorder, options, count):
    batch = BatchQuery(**options)
    for number in range(count):
        User(id=number).save(batch=batch)
    batch.execute()
    assert len(coodie_recorder.last.statements) == count


def test_rows_of_one_partition_are_not_many_partitions(coodie_recorder):
    with BatchQuery(warn_partitions=1) as batch:
        for number in range(20):
            User(id=1, n=number).save(batch=batch)
        User(id=1, n=0).update(tags__add={"x"}, batch=batch)
    assert len(coodie_recorder.last.statements) == 21


def test_keys_that_cannot_be_hashed_are_told_apart_too(coodie_recorder):
    class Path(Document):
        steps: Annotated[list[int], Frozen(), PrimaryKey()]
        turns: Annotated[dict[str, int], Frozen(), ClusteringKey()]
        note: str = ""

    with pytest.warns(BatchWarning, match="over 2 partitions") as caught:  # noqa: PT031
        with BatchQuery(warn_partitions=1) as batch:
            for steps, turns in (([1], {"a": 1}), ([1], {"a": 2}), ([2], {"a": 1})):
                Path(steps=steps, turns=turns).save(batch=batch)
    assert len(caught) == 1
    with pytest.warns(BatchWarning, match=r"path\.note of one row twice"):  # noqa: PT031
        with BatchQuery() as batch:
            for _ in range(2):
                Path(steps=[1], turns={"a": 1}, note="x").save(batch=batch)


def test_a_text_of_ones_own_is_counted_too(coodie_recorder):
    batch = BatchQuery(warn_statements=1)
    batch.add("DELETE FROM t WHERE a = 1")
    batch.add("DELETE FROM t WHERE a = 2")
    with pytest.warns(BatchWarning, match="2 statements"):
        batch.execute()


def test_a_warning_that_is_an_error_sends_nothing_and_keeps_the_statements(coodie_recorder):
    batch = BatchQuery(warn_statements=0)
    User(id=1).save(batch=batch)
    with pytest.raises(BatchWarning):  # pytest makes errors of warnings
        batch.execute()
    assert coodie_recorder.calls == []
    assert len(batch.statements) == 1


def update_twice(batch):
    User(id=1).update(name="a", batch=batch)
    User(id=1).update(name="b", batch=batch)


def save_and_delete(batch):
    User(id=1).save(batch=batch)
    User(id=1).delete(batch=batch)


def update_and_clear(batch):
    User(id=1).update(name="a", batch=batch)
    User(id=1).delete_columns("name", batch=batch)


def two_columns(batch):
    User(id=1).update(name="a", batch=batch)
    User(id=1).update(tags={"x"}, batch=batch)


def two_rows(batch):
    User(id=1).update(name="a", batch=batch)
    User(id=1, n=1).update(name="a", batch=batch)


def two_timestamps(batch):
    User(id=1).update(name="a", timestamp=1, batch=batch)
    User(id=1).update(name="b", timestamp=2, batch=batch)


def two_additions(batch):
    User(id=1).update(tags__add={"a"}, batch=batch)
    User(id=1).update(tags__add={"b"}, batch=batch)


@pytest.mark.parametrize("write", [update_twice, save_and_delete, update_and_clear])
def test_one_cell_written_twice_warns(coodie_recorder, write):
    with pytest.warns(BatchWarning, match=r"users\.name of one row twice"):
        with BatchQuery() as batch:
            write(batch)
    assert len(coodie_recorder.last.statements) == 2


@pytest.mark.parametrize("write", [two_columns, two_rows, two_timestamps, two_additions])
def test_different_cells_do_not_warn(coodie_recorder, write):
    with BatchQuery() as batch:
        write(batch)
    assert len(coodie_recorder.last.statements) == 2


class Room(Document):
    house: Annotated[int, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    owner: Annotated[str | None, Static()] = None
    keys: Annotated[list[int], Static()] = []
    beds: int = 1


def two_owners(batch):
    Room(house=1, number=1, owner="a").save(batch=batch)
    Room(house=1, number=2, owner="b").save(batch=batch)


def owner_of_a_row_and_of_the_house(batch):
    Room(house=1, number=1, owner="a").save(batch=batch)
    Room(house=1, number=2).update(owner="b", batch=batch)


def owner_cleared(batch):
    Room.find(house=1).update(owner="b", batch=batch)
    Room(house=1, number=2).delete_columns("owner", batch=batch)


def keys_that_would_add_up(batch):
    Room(house=1, number=1, keys=[1]).save(batch=batch)
    Room(house=1, number=2, keys=[1]).save(batch=batch)


def one_owner(batch):
    Room(house=1, number=1, owner="a").save(batch=batch)
    Room(house=1, number=2, owner="a").save(batch=batch)


def owners_of_two_houses(batch):
    Room(house=1, number=1, owner="a").save(batch=batch)
    Room(house=2, number=1, owner="b").save(batch=batch)


def owner_and_a_deleted_row(batch):
    Room(house=1, number=1).update(owner="b", beds=2, batch=batch)
    Room(house=1, number=2).delete(batch=batch)


def owner_under_a_condition_and_the_deleted_row(batch):
    Room(house=1, number=1).update(owner="b", if_conditions={"beds": 1}, batch=batch)
    Room(house=1, number=1).delete(batch=batch)


@pytest.mark.parametrize("write", [two_owners, owner_of_a_row_and_of_the_house, owner_cleared, keys_that_would_add_up])
def test_a_static_column_is_one_cell_of_the_partition(coodie_recorder, write):
    with pytest.warns(BatchWarning, match=r"room\.(owner|keys) of one"):
        with BatchQuery() as batch:
            write(batch)


def owner_and_a_row_deleted_by_a_query(batch):
    Room.find(house=1).update(owner="b", batch=batch)
    Room.find(house=1, number=1).delete(batch=batch)


@pytest.mark.parametrize(
    "write", [one_owner, owners_of_two_houses, owner_and_a_deleted_row, owner_and_a_row_deleted_by_a_query]
)
def test_static_columns_that_do_not_contradict_do_not_warn(coodie_recorder, write):
    with BatchQuery() as batch:
        write(batch)
    assert len(coodie_recorder.last.statements) == 2


def test_a_deleted_row_leaves_the_static_columns(coodie_recorder):
    coodie_recorder.on("batch").applied()
    with BatchQuery() as batch:
        owner_under_a_condition_and_the_deleted_row(batch)
    assert len(coodie_recorder.last.statements) == 2


def test_an_unset_column_is_not_written_twice(coodie_recorder):
    with BatchQuery() as batch:
        User(id=1, name="a").save(batch=batch)  # leaves tags as they are
        User(id=1).update(tags={"x"}, batch=batch)
    assert len(coodie_recorder.last.statements) == 2


def test_two_changes_of_one_counter_do_not_warn(coodie_recorder):
    with BatchQuery(batch_type="COUNTER") as batch:
        Views(id=1).increment(views=1, batch=batch)
        Views(id=1).increment(views=1, batch=batch)
    assert len(coodie_recorder.last.statements) == 2


def test_the_object_changes_when_the_batch_was_applied(coodie_recorder):
    user = User(id=1, name="ann", tags=set())
    with BatchQuery() as batch:
        user.update(name="bo", tags__add={"x"}, batch=batch)
        assert (user.name, user.tags) == ("ann", set())
    assert (user.name, user.tags) == ("bo", {"x"})


def test_the_object_stays_when_the_batch_was_lost_or_dropped_or_failed(coodie_recorder):
    user = User(id=1, name="ann")
    coodie_recorder.on("batch").applied(False, {"id": 1, "n": 0, "name": "bo"})
    with BatchQuery() as batch:
        user.update(name="cy", if_conditions={"name": "x"}, batch=batch)
    assert user.name == "ann"
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        with BatchQuery() as batch:
            user.update(name="cy", batch=batch)
            raise ZeroDivisionError
    assert user.name == "ann"
    coodie_recorder.on("batch").raises(faults.write_timeout(write_type="BATCH"))
    with pytest.raises(OutcomeUnknown):
        with BatchQuery() as batch:
            user.update(name="cy", batch=batch)
    assert user.name == "ann"


def test_the_result_of_a_lost_batch(coodie_recorder):
    row = {"id": 1, "n": 0, "name": "bo"}
    coodie_recorder.on("batch").applied(False, row)
    batch = BatchQuery()
    User(id=1).update(name="cy", if_conditions={"name": "x"}, batch=batch)
    result = batch.execute()
    assert result is batch.result
    assert (result.applied, bool(result)) == (False, False)
    assert isinstance(result.existing, User)
    assert (result.existing.id, result.existing.name) == (1, "bo")
    assert list(result.rows) == [row]


def test_the_result_has_every_row_the_server_gave(coodie_recorder):
    rows = [{"id": 1, "n": 0, "name": "bo"}, {"id": 1, "n": 1, "name": "cy"}]
    coodie_recorder.on("batch").applied(False, rows)
    with BatchQuery(allow_multiple_conditions=True) as batch:
        User(id=1).update(name="q", if_conditions={"name": "x"}, batch=batch)
        User(id=1, n=1).update(name="q", if_conditions={"name": "x"}, batch=batch)
    assert list(batch.result.rows) == rows


def test_without_a_condition_there_is_no_result(coodie_recorder):
    coodie_recorder.on("batch").applied()
    batch = BatchQuery()
    insert(batch)
    batch.execute()
    assert batch.result.applied
    User(id=1).save(batch=batch)
    assert batch.execute() is None
    assert batch.result is None


def test_a_collection_that_was_added_does_not_change_with_the_one_of_the_object(coodie_recorder):
    class Held(Document):
        id: Annotated[int, PrimaryKey()]
        items: list[int] = []
        attrs: dict[str, int] = {}
        nested: dict[str, list[int]] = {}

    held, more = Held(id=1, items=[1], attrs={"a": 1}, nested={"a": [1]}), [2]
    with BatchQuery() as batch:
        held.save(batch=batch)
        Held(id=2).update(items__append=more, nested={"a": more}, batch=batch)
        for changed in (held.items, held.nested["a"], more):
            changed.append(3)
        held.attrs["b"] = 2
    first, second = coodie_recorder.last.statements
    assert first.params == {"id": 1, "items": [1], "attrs": {"a": 1}, "nested": {"a": [1]}}
    assert second.params == {"items": [2], "nested": {"a": [2]}, "id": 2}


def test_what_was_added_does_not_change_with_the_object(coodie_recorder):
    user = User(id=1, tags={"a"})
    with BatchQuery() as batch:
        user.save(batch=batch)
        user.tags.add("b")
        user.name = "zoe"
    assert coodie_recorder.last.statements[0].params["tags"] == {"a"}
    assert coodie_recorder.last.statements[0].params["name"] == "ann"


def test_the_batch_goes_over_the_connection_of_its_first_document(coodie_recorder):
    elsewhere = RecordingDriver()
    register_driver("elsewhere", elsewhere)
    with BatchQuery() as batch:
        Elsewhere(id=1).save(batch=batch)
    with BatchQuery(connection="elsewhere") as batch:
        batch.add("DELETE FROM t WHERE a = 1")
    unregister_driver("elsewhere")
    assert len(elsewhere.batches) == 2
    assert coodie_recorder.calls == []


def test_queries_write_into_batches(coodie_recorder, cql_snapshot):
    with BatchQuery() as batch:
        User.find(id=1, n=1).update(name="a", batch=batch)
        User.find(id=1, n__gt=5).delete(batch=batch)
        made = User.find().ttl(60).create(id=2, name="b", batch=batch)
    assert made == User(id=2, name="b")
    assert coodie_recorder == cql_snapshot


def test_a_query_of_nothing_adds_nothing(coodie_recorder):
    with BatchQuery() as batch:
        User.find(id__in=[]).delete(batch=batch)
    assert batch.statements == ()
    assert coodie_recorder.calls == []


def test_a_hundred_batches_of_different_lengths_have_one_statement_text(coodie_recorder):
    for length in range(1, 11):
        with BatchQuery() as batch:
            for number in range(length):
                User(id=number).save(batch=batch)
    texts = {statement.cql for call in coodie_recorder.batches for statement in call.statements}
    assert len(texts) == 1


def test_a_batch_is_shown_by_its_kind_and_size_and_no_value():
    batch = BatchQuery(logged=False)
    User(id=1, name="secret").save(batch=batch)
    assert repr(batch) == f"<{BatchQuery.__name__} unlogged of 1 statements>"
