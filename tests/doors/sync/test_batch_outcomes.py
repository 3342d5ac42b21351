# Derived by tests/derive.py: edit tests/doors/aio/test_batch_outcomes.py,
# then run `tox -e sync`.
"""How a batch ended: what may be executed again, what a lost or failed one leaves, and what it gives back."""

from typing import Annotated

import pytest
from doors.sync.batch_models import User, Views

from coodie.sync import BatchQuery, Document
from coodie.exceptions import ConfigurationError, DriverError, InvalidQueryError, OutcomeUnknown, Unavailable
from coodie.fields import PrimaryKey
from coodie.testing import faults


class Listed(Document):
    id: Annotated[int, PrimaryKey()]
    items: list[int] = []


def insert(batch):
    User(id=1).insert(batch=batch)


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
    with pytest.raises(InvalidQueryError, match="again must be True or False, not 1"):
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
