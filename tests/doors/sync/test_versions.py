# Derived by tests/derive.py: edit tests/doors/aio/test_versions.py,
# then run `tox -e sync`.
"""Versions of rows: each write of a document carries the version that it knows, and a lost one leaves it as it was."""

import copy
import pickle
from typing import Annotated

import pytest
from pydantic import model_validator

from coodie.sync import BatchQuery, Document, delete_many, insert_many, save_many, update_many
from coodie.drivers import UNSET
from coodie.exceptions import ConditionNotMet, InvalidQueryError, OutcomeUnknown, VersionConflict
from coodie.fields import ClusteringKey, Column, Discriminator, PrimaryKey, Static, Version
from coodie.testing import faults


class Account(Document):
    bank: Annotated[int, PrimaryKey()]
    number: Annotated[int, ClusteringKey()] = 0
    owner: str = ""
    tags: set[str] = set()
    city: Annotated[str | None, Static()] = None
    version: Annotated[int, Version(), Column("v")] = 1

    class Settings:
        name = "accounts"


class Old(Document):
    """A table whose rows were written before the field was added."""

    id: Annotated[int, PrimaryKey()]
    name: str
    version: Annotated[int | None, Version()] = None


ROW = {"bank": 1, "number": 2, "owner": "ann", "tags": {"a"}, "city": None, "v": 7}


def loaded(recorder, **values):
    row = {**ROW, **values}
    recorder.on("select", table=Account).returns([row])
    return Account.get(bank=1, number=row["number"])


def told(call):
    return {name: value for name, value in call.params.items() if value is not UNSET}


def test_a_new_document_is_saved_if_there_is_no_row(coodie_recorder):
    account = Account(bank=1, owner="ann")
    coodie_recorder.on("insert", conditional=True).applied()
    assert account.save() is None
    assert coodie_recorder.last.cql == (
        "INSERT INTO accounts (bank, number, owner, tags, city, v) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS"
    )
    assert told(coodie_recorder.last) == {"bank": 1, "number": 0, "owner": "ann", "v": 1}
    assert (account.version, account.changes()) == (1, set())


def test_changes_are_saved_if_the_row_has_the_version_that_was_loaded(coodie_recorder):
    account = loaded(coodie_recorder)
    account.owner = "bo"
    coodie_recorder.on("update", conditional=True).applied()
    account.save()
    statement = coodie_recorder.last.request
    assert statement.cql == (
        "UPDATE accounts SET owner = ?, tags = ?, city = ?, v = ? WHERE bank = ? AND number = ? IF v = ?"
    )
    assert statement.values == ("bo", UNSET, UNSET, 8, 1, 2, 7)
    assert statement.idempotent is False
    assert (account.version, account.changes()) == (8, set())
    account.save()
    assert coodie_recorder.last.request is statement  # nothing changed, so nothing is sent, nor counted
    coodie_recorder.on("update", conditional=True).applied()
    account.save(full=True, ttl=60)
    assert coodie_recorder.last.request.values == (60, "bo", {"a"}, UNSET, 9, 1, 2, 8)
    assert account.version == 9


def test_an_update_and_a_delete_carry_the_version(coodie_recorder):
    account = loaded(coodie_recorder)
    coodie_recorder.on("update", conditional=True).applied()
    assert account.update(owner="bo", tags__add={"b"}) is None
    assert coodie_recorder.last.cql == (
        "UPDATE accounts SET owner = ?, tags = tags + ?, v = ? WHERE bank = ? AND number = ? IF v = ?"
    )
    assert coodie_recorder.last.request.values == ("bo", {"b"}, 8, 1, 2, 7)
    assert (account.owner, account.tags, account.version, account.changes()) == ("bo", {"a", "b"}, 8, set())
    coodie_recorder.on("delete", conditional=True).applied()
    assert account.delete() is None
    assert coodie_recorder.last.cql == "DELETE FROM accounts WHERE bank = ? AND number = ? IF v = ?"
    assert coodie_recorder.last.request.values == (1, 2, 8)
    # What is saved now is a new row.
    coodie_recorder.on("insert", conditional=True).applied()
    account.save()
    assert told(coodie_recorder.last)["v"] == 1
    assert account.version == 1


def test_a_static_column_is_changed_with_the_row_whose_version_counts(coodie_recorder):
    account = loaded(coodie_recorder)
    coodie_recorder.on("update", conditional=True).applied()
    account.update(city="Bonn")
    assert coodie_recorder.last.cql == "UPDATE accounts SET city = ?, v = ? WHERE bank = ? AND number = ? IF v = ?"


WRITES = {
    "save": ("update", lambda account, **how: account.save(full=True, **how)),
    "update": ("update", lambda account, **how: account.update(owner="cy", **how)),
    "delete": ("delete", lambda account, **how: account.delete(**how)),
}


@pytest.mark.parametrize("verb", WRITES)
def test_a_lost_write_raises_the_row_that_won_and_changes_nothing(coodie_recorder, verb):
    account = loaded(coodie_recorder)
    account.owner = "bo"
    statement, write = WRITES[verb]
    coodie_recorder.on(statement, conditional=True).applied(False, {"v": 9})
    with pytest.raises(VersionConflict, match="its row in table accounts has another version") as lost:
        write(account)
    assert isinstance(lost.value, ConditionNotMet)
    existing = lost.value.existing
    assert (type(existing), existing.bank, existing.number, existing.version) == (Account, 1, 2, 9)
    assert (account.version, account.owner, account.changes()) == (7, "bo", {"owner"})
    # The row that won can be written to.
    coodie_recorder.on("update", conditional=True).applied()
    existing.update(owner="cy")
    assert coodie_recorder.last.request.values[-1] == 9


@pytest.mark.parametrize("verb", WRITES)
def test_a_row_that_is_gone_is_a_conflict_without_a_row(coodie_recorder, verb):
    account = loaded(coodie_recorder)
    statement, write = WRITES[verb]
    coodie_recorder.on(statement, conditional=True).applied(False)
    with pytest.raises(VersionConflict, match="is gone") as lost:
        write(account)
    assert lost.value.existing is None


def test_a_new_document_never_overwrites_a_row(coodie_recorder):
    account = Account(bank=1, number=2, owner="bo")
    coodie_recorder.on("insert", conditional=True).applied(False, ROW)
    with pytest.raises(VersionConflict, match="table accounts has a row with its key already") as lost:
        account.save()
    assert lost.value.existing == Account(bank=1, number=2, owner="ann", tags={"a"}, version=7)
    assert account.changes() == set(Account.model_fields)
    coodie_recorder.on("insert", conditional=True).applied(False, ROW)
    with pytest.raises(VersionConflict):
        Account.create(bank=1, number=2)
    coodie_recorder.on("insert", conditional=True).applied(False, ROW)
    assert not account.insert()
    coodie_recorder.on("insert", conditional=True).applied()
    assert account.insert(ttl=5)
    assert (account.version, account.changes()) == (1, set())


def test_a_changed_key_is_a_new_row(coodie_recorder):
    account = loaded(coodie_recorder)
    account.number = 3
    coodie_recorder.on("insert", conditional=True).applied()
    account.save()
    assert told(coodie_recorder.last) == {"bank": 1, "number": 3, "owner": "ann", "tags": {"a"}, "v": 1}


@pytest.mark.parametrize("model", [Old, Account])
def test_a_row_from_before_the_field_has_no_version_yet(coodie_recorder, model):
    row = {"id": 1, "name": "ann", "version": None} if model is Old else {**ROW, "v": None}
    coodie_recorder.on("select").returns([row])
    found = model.find().first()
    coodie_recorder.on("update", conditional=True).applied()
    found.update(**{"name" if model is Old else "owner": "bo"})
    assert coodie_recorder.last.request.values[-1] is None
    assert found.version == 1
    coodie_recorder.on("update", conditional=True).applied(False, {"version" if model is Old else "v": 2})
    with pytest.raises(VersionConflict):
        found.save(full=True)
    assert coodie_recorder.last.request.values[-1] == 1


def test_a_condition_beside_the_version_is_the_users_to_look_at(coodie_recorder):
    account = loaded(coodie_recorder)
    given = {"owner": "ann"}
    coodie_recorder.on("update", conditional=True).applied(False, {"v": 7, "owner": "cy"})
    result = account.update(owner="bo", if_conditions=given)
    assert coodie_recorder.last.cql.endswith("IF v = ? AND owner = ?")
    assert (result.applied, result.existing.owner, account.version) == (False, "cy", 7)
    coodie_recorder.on("delete", conditional=True).applied(False, {"v": 8, "owner": "ann"})
    with pytest.raises(VersionConflict):
        account.delete(if_conditions=given)
    coodie_recorder.on("update", conditional=True).applied()
    assert account.update(owner="bo", if_conditions=[Account.owner == "ann"])
    assert account.version == 8


def test_a_condition_may_name_the_version_itself(coodie_recorder):
    """Such as one that came from a browser, with the values that were changed there."""
    account = Account(bank=1, number=2)
    coodie_recorder.on("update", conditional=True).applied(False, {"v": 9})
    result = account.update(owner="bo", if_conditions={"version": 7})
    assert coodie_recorder.last.cql == "UPDATE accounts SET owner = ?, v = ? WHERE bank = ? AND number = ? IF v = ?"
    assert coodie_recorder.last.request.values == ("bo", 8, 1, 2, 7)
    assert (result.applied, result.existing.version, account.version) == (False, 9, 1)
    coodie_recorder.on("update", conditional=True).applied()
    query = Account.find(bank=1, number=2)
    assert query.update(owner="bo", if_conditions=[Account.version == 9])
    assert coodie_recorder.last.request.values == ("bo", 10, 1, 2, 9)
    coodie_recorder.on("update", conditional=True).applied()
    assert query.update(owner="bo", if_conditions={"version": None})
    assert coodie_recorder.last.request.values == ("bo", 1, 1, 2, None)
    coodie_recorder.on("delete", conditional=True).applied()
    assert query.delete(if_conditions={"version": 10, "owner": "bo"})


QUERY = Account.find(bank=1, number=2)
KNOWN = Account(bank=1, number=2)
NAMED = {"if_conditions": {"version": 1}}
REFUSED = {
    "an update by query": (lambda: QUERY.update(owner="x"), r"name the version, update\(\.\.\., if_conditions"),
    "a delete by query": (lambda: QUERY.delete(), "name the version"),
    "a delete of a partition": (lambda: Account.find(bank=1).delete(), "name the version"),
    "an upsert by query": (lambda: QUERY.if_exists().update(owner="x"), "name the version"),
    "a condition on others": (lambda: QUERY.update(owner="x", if_conditions={"owner": "a"}), "name the version"),
    "a range of versions": (
        lambda: QUERY.update(owner="x", if_conditions={"version__gt": 1}),
        "compared by =, not by >",
    ),
    "some versions": (lambda: KNOWN.delete(if_conditions={"version__in": [1]}), "compared by =, not by IN"),
    "a version of its own": (lambda: Account(bank=1, version=5).save(), "counted by coodie and cannot be set"),
    "an update of the version": (lambda: KNOWN.update(version=5, **NAMED), "set by coodie with each update"),
    "the same by query": (lambda: QUERY.update(version=5, **NAMED), "set by coodie with each update"),
    "an unknown version": (lambda: KNOWN.update(owner="x"), "version was not loaded"),
    "a delete of it": (lambda: KNOWN.delete(), "version was not loaded"),
    "no changes": (lambda: KNOWN.update(**NAMED), "nothing to set"),
    "a timestamp": (lambda: KNOWN.save(timestamp=5), "takes no timestamp"),
    "columns": (
        lambda: KNOWN.delete_columns("owner", **NAMED),
        r"delete_columns\(\) cannot set Account\.version",
    ),
}


@pytest.mark.parametrize(("write", "why"), REFUSED.values(), ids=REFUSED)
def test_what_would_pass_over_the_version_is_refused(coodie_recorder, write, why):
    with pytest.raises(InvalidQueryError, match=why):
        write()
    assert coodie_recorder.calls == []


def test_what_a_loaded_document_must_not_do_is_refused(coodie_recorder):
    account = loaded(coodie_recorder)
    with pytest.raises(InvalidQueryError, match="a condition implies that the row exists"):
        account.update(owner="x", if_exists=True)
    with pytest.raises(InvalidQueryError, match="takes no timestamp"):
        account.delete(timestamp=5)
    account.version = 5
    with pytest.raises(InvalidQueryError, match="cannot be set"):
        account.save()
    account.rollback()
    assert (account.version, account.changes()) == (7, set())
    assert len(coodie_recorder.calls) == 1


def test_a_partly_loaded_document_has_its_version(coodie_recorder):
    for query in (Account.find().only("owner"), Account.find().defer("tags", "version", "city")):
        coodie_recorder.on("select").returns([{"bank": 1, "number": 2, "owner": "ann", "v": 7}])
        account = query.first()
        assert coodie_recorder.last.cql == "SELECT bank, number, owner, v FROM accounts LIMIT ?"
        account.owner = "bo"
        coodie_recorder.on("update", conditional=True).applied()
        account.save()
        assert coodie_recorder.last.request.values == ("bo", UNSET, UNSET, 8, 1, 2, 7)


def test_a_document_that_lacks_its_version_is_not_written(coodie_recorder):
    coodie_recorder.on("select").returns([{"bank": 1, "number": 2, "owner": "ann"}])
    account = Account.raw("SELECT bank, number, owner FROM accounts").first()
    account.owner = "bo"
    for write in (account.save, account.delete, lambda: account.update(owner="x")):
        with pytest.raises(InvalidQueryError, match=r"Account\.version was not loaded"):
            write()
    assert len(coodie_recorder.calls) == 1


@pytest.mark.parametrize("verb", WRITES)
def test_an_unknown_outcome_leaves_the_version_as_it_was(coodie_recorder, verb):
    account = loaded(coodie_recorder)
    account.owner = "bo"
    statement, write = WRITES[verb]
    coodie_recorder.on(statement).raises(faults.cas_write_unknown())
    with pytest.raises(OutcomeUnknown):
        write(account)
    assert (account.version, account.changes()) == (7, {"owner"})
    # If it did happen, a second attempt does not take the own write for somebody else's loss: it is lost, too.
    coodie_recorder.on(statement, conditional=True).applied(False, {"v": 8})
    with pytest.raises(VersionConflict):
        write(account)
    assert coodie_recorder.last.request.values[-1] == 7
    coodie_recorder.on("select").returns([{**ROW, "owner": "bo", "v": 8}])
    account.refresh(consistency="SERIAL")
    assert (account.version, account.owner, account.changes()) == (8, "bo", set())


def test_a_batch_has_the_versions_as_its_conditions(coodie_recorder):
    account = loaded(coodie_recorder)
    account.owner = "bo"
    coodie_recorder.on("batch").applied()
    with BatchQuery() as batch:
        account.save(batch=batch)
        with pytest.raises(InvalidQueryError, match="one condition only"):
            Account(bank=1, number=3).save(batch=batch)
    assert [each.kind.value for each in coodie_recorder.last.request.statements] == ["conditional"]
    assert (batch.result.applied, account.version, account.changes()) == (True, 8, set())


def test_a_lost_batch_raises_the_row_that_won(coodie_recorder):
    account, other = loaded(coodie_recorder), loaded(coodie_recorder, number=3, v=4)
    account.owner = other.owner = "bo"
    rows = [{"bank": 1, "number": 2, "v": 7}, {"bank": 1, "number": 3, "v": 5}]
    coodie_recorder.on("batch").applied(False, rows)
    batch = BatchQuery(allow_multiple_conditions=True)
    account.save(batch=batch)
    other.update(owner="bo", batch=batch)
    with pytest.raises(VersionConflict) as lost:
        batch.execute()
    assert (lost.value.existing.number, lost.value.existing.version) == (3, 5)
    assert (batch.outcome, batch.result.applied, list(batch.result.rows)) == ("done", False, rows)
    assert [(each.version, each.changes()) for each in (account, other)] == [(7, {"owner"}), (4, {"owner"})]


def test_leaving_the_block_of_a_lost_batch_raises_too(coodie_recorder):
    account = loaded(coodie_recorder)
    coodie_recorder.on("batch").applied(False, {"bank": 1, "number": 2, "v": 8})
    with pytest.raises(VersionConflict):
        with BatchQuery() as batch:
            account.update(owner="bo", batch=batch)
    assert (batch.outcome, batch.statements, account.version) == ("done", (), 7)


def test_a_batch_in_which_another_condition_lost_returns_that(coodie_recorder):
    account, other = loaded(coodie_recorder), loaded(coodie_recorder, number=3, v=4)
    rows = [{"bank": 1, "number": 2, "v": 7, "owner": "ann"}, {"bank": 1, "number": 3, "v": 4, "owner": "ann"}]
    coodie_recorder.on("batch").applied(False, rows)
    with BatchQuery(allow_multiple_conditions=True) as batch:
        account.save(full=True, batch=batch)
        other.update(owner="bo", if_conditions={"owner": "cy"}, batch=batch)
        Account(bank=1, number=4).save(batch=batch)
    assert (batch.result.applied, account.version) == (False, 7)


def test_many_writes_keep_the_versions(coodie_recorder):
    account, other = loaded(coodie_recorder), loaded(coodie_recorder, number=3, v=4)
    account.owner = other.owner = "bo"
    coodie_recorder.on("update", values={"number": 2}).applied(False, {"v": 8})
    coodie_recorder.on("update", values={"number": 3}).applied()
    report = save_many([account, other], by_partition=True)
    assert (report.done, [type(each.error) for each in report.failed]) == (1, [VersionConflict])
    assert (account.version, other.version) == (7, 5)
    coodie_recorder.on("update").applied(False, {"v": 8})
    report = update_many([(other, {"owner": "x"})])
    assert [type(each.error) for each in report.failed] == [VersionConflict]
    coodie_recorder.on("delete").applied(False)
    report = delete_many([other])
    assert [type(each.error) for each in report.failed] == [VersionConflict]
    coodie_recorder.on("insert").applied(False, ROW)
    report = insert_many([Account(bank=1, number=2)])
    assert [type(each.error) for each in report.failed] == [ConditionNotMet]
    coodie_recorder.on("update").raises(faults.overloaded())
    report = save_many([account])
    assert (report.done, len(report.failed)) == (0, 1)  # a condition is not sent again


def test_copies_and_pickles_know_their_version(coodie_recorder):
    account = loaded(coodie_recorder)
    for twin in (copy.copy(account), copy.deepcopy(account), pickle.loads(pickle.dumps(account)), account.model_copy()):
        coodie_recorder.on("update", conditional=True).applied()
        twin.update(owner="bo")
        assert coodie_recorder.last.request.values[-1] == 7
        assert (twin.version, account.version) == (8, 7)


class Checked(Document):
    id: Annotated[int, PrimaryKey()]
    limit: int = 2
    version: Annotated[int, Version()] = 1

    @model_validator(mode="after")
    def has_an_end(self):
        assert self.version <= self.limit
        return self


def test_a_document_is_validated_with_the_version_that_it_will_have(coodie_recorder):
    coodie_recorder.on("insert").applied()
    checked = Checked.create(id=1)
    coodie_recorder.on("update").applied()
    checked.save(full=True)
    with pytest.raises(InvalidQueryError, match="could not be loaded again"):
        checked.save(full=True)
    assert checked.version == 2


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""
    version: Annotated[int, Version()] = 1

    class Settings:
        name = "animals"


class Cat(Animal):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


def test_classes_that_share_a_table_share_its_version(coodie_recorder):
    coodie_recorder.on("select").returns([{"id": 1, "kind": "cat", "lives": 9, "version": 3}])
    cat = Animal.get(id=1)
    cat.lives = 8
    coodie_recorder.on("update", conditional=True).applied(False, {"version": 4})
    with pytest.raises(VersionConflict) as lost:
        cat.save()
    assert coodie_recorder.last.cql == "UPDATE animals SET kind = ?, version = ?, lives = ? WHERE id = ? IF version = ?"
    assert lost.value.existing.version == 4


def test_a_document_of_another_keyspace_is_written_there_under_its_version(coodie_recorder):
    there = Account.using(keyspace="other")
    coodie_recorder.on("insert").applied()
    account = there.create(bank=1)
    coodie_recorder.on("update").applied(False, {"v": 2})
    with pytest.raises(VersionConflict) as lost:
        account.update(owner="bo")
    assert coodie_recorder.last.cql.startswith("UPDATE other.accounts SET ")
    coodie_recorder.on("update").applied()
    lost.value.existing.update(owner="bo")
    assert coodie_recorder.last.cql.startswith("UPDATE other.accounts SET ")
