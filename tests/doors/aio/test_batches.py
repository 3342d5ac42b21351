"""What a batch refuses, keeps, warns of and gives back."""

import warnings
from datetime import datetime, timezone
from typing import Annotated

import pytest
from doors.aio.batch_models import Careful, Elsewhere, User, Views
from pydantic import SecretStr

from coodie.aio import AsyncBatchQuery, Document
from coodie.batch import BatchWarning
from coodie.exceptions import InvalidQueryError
from coodie.fields import PrimaryKey


class Other(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = "bo"


async def save_careful(batch):
    await Careful(id=1).save(batch=batch)


async def save(batch):
    await User(id=1).save(batch=batch)


async def insert(batch):
    await User(id=1).insert(batch=batch)


async def update_if(batch):
    await User(id=1).update(name="cy", if_conditions={"name": "ann"}, batch=batch)


async def update_if_there(batch):
    await User(id=1).update(name="cy", if_exists=True, batch=batch)


async def update_other_row_if(batch):
    await User(id=1, n=1).update(name="cy", if_conditions={"name": "ann"}, batch=batch)


async def update_if_one_of(batch):
    await User(id=1).update(name="cy", if_conditions={"name__in": ["ann", "bo"]}, batch=batch)


async def insert_elsewhere(batch):
    await User(id=2).insert(batch=batch)


async def save_elsewhere(batch):
    await User(id=2).save(batch=batch)


async def save_in_two_partitions(batch):
    await save(batch)
    await save_elsewhere(batch)


async def delete_two_partitions(batch):
    await User.find(id__in=[1, 2]).delete(batch=batch)


async def update_two_rows(batch):
    await User.find(id=1, n__in=[1, 2]).update(name="cy", batch=batch)


async def delete_a_range(batch):
    await User.find(id=1, n__gt=5).delete(batch=batch)


async def save_other_table(batch):
    await Other(id=1).save(batch=batch)


async def save_other_row(batch):
    await User(id=1, n=1).save(batch=batch)


async def save_with_timestamp(batch):
    await User(id=1, n=1).save(timestamp=5, batch=batch)


async def save_with_consistency(batch):
    await User(id=1, n=1).save(consistency="QUORUM", batch=batch)


async def save_with_timeout(batch):
    await User(id=1, n=1).save(timeout=1.0, batch=batch)


async def save_over_another_connection(batch):
    await Elsewhere(id=1).save(batch=batch)


async def increment(batch):
    await Views(id=1).increment(views=1, batch=batch)


async def delete_counters(batch):
    await Views(id=1).delete(batch=batch)


def adds(cql):
    async def add(batch):
        batch.add(cql)

    add.__name__ = cql.split()[0].lower()
    return add


async def nothing(batch):
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
        ({"allow_multiple_conditions": True}, insert, update_if, "one kind", "UPDATE users SET name"),
        (
            {"allow_multiple_conditions": True},
            insert,
            update_if_there,
            "one kind of condition",
            "UPDATE users SET name",
        ),
        (
            {"allow_multiple_conditions": True},
            update_if_there,
            update_if,
            "one kind of condition",
            "UPDATE users SET name",
        ),
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
async def test_a_statement_that_breaks_a_rule_is_refused_and_the_rest_is_kept(
    coodie_recorder, options, before, refused, why, names
):
    batch = AsyncBatchQuery(**options)
    await before(batch)
    kept = batch.statements
    with pytest.raises(InvalidQueryError, match=why) as caught:
        await refused(batch)
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
async def test_one_condition_in_one_partition_is_allowed(coodie_recorder, options, writes):
    coodie_recorder.on("batch").applied()
    batch = AsyncBatchQuery(**options, warn_statements=None)
    for write in writes:
        await write(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BatchWarning)
        result = await batch.execute()
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
        {"timestamp": -1},
        {"timestamp": datetime.min},
        {"warn_bytes": "5120"},
        {"warn_statements": True},
        {"warn_partitions": -1},
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(InvalidQueryError):
        AsyncBatchQuery(**options)


async def test_the_options_go_with_the_batch(coodie_recorder, cql_snapshot):
    at = datetime(2030, 1, 1, 0, 0, 0, 7, tzinfo=timezone.utc)
    async with AsyncBatchQuery(timestamp=at, consistency="QUORUM", timeout=2.5) as batch:
        await User(id=1).save(batch=batch)
    assert coodie_recorder == cql_snapshot
    assert coodie_recorder.last.timestamp == 1893456000000007
    options = coodie_recorder.last.request.options
    assert (options.consistency, options.timeout) == ("QUORUM", 2.5)


def options_of(recorder):
    options = recorder.last.request.options
    return options.consistency, options.serial_consistency, options.timeout


async def test_the_options_of_the_settings_go_with_the_batch_unless_it_has_its_own(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await Careful(id=1).save(batch=batch)
    assert options_of(coodie_recorder) == ("QUORUM", "LOCAL_SERIAL", 3.0)
    async with AsyncBatchQuery(consistency="ONE", serial_consistency="SERIAL", timeout=9.0) as batch:
        await Careful(id=1).save(batch=batch)
    assert options_of(coodie_recorder) == ("ONE", "SERIAL", 9.0)
    async with AsyncBatchQuery(consistency="ONE", serial_consistency="SERIAL", timeout=9.0) as batch:
        await save(batch)
        await save_careful(batch)
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
    batch = AsyncBatchQuery()
    with pytest.raises(InvalidQueryError):
        batch.add(cql, params)
    assert batch.statements == ()


@pytest.mark.filterwarnings("ignore::coodie.exceptions.BatchWarning")
async def test_what_a_condition_binds_a_batch_to_ends_with_the_batch_and_not_with_a_refusal(coodie_recorder):
    for _ in range(3):
        coodie_recorder.on("batch").applied()
    batch = AsyncBatchQuery(allow_multiple_conditions=True)
    await insert(batch)
    for refused in (update_if, save_elsewhere):
        with pytest.raises(InvalidQueryError, match=r"one kind of condition only|another partition"):
            await refused(batch)
    await insert(batch)
    await save_other_row(batch)
    await batch.execute()
    await update_if(batch)
    await batch.execute()
    await insert_elsewhere(batch)
    await batch.execute()
    assert [len(call.statements) for call in coodie_recorder.batches] == [3, 1, 1]


async def test_queries_write_into_batches(coodie_recorder, cql_snapshot):
    async with AsyncBatchQuery() as batch:
        await User.find(id=1, n=1).update(name="a", batch=batch)
        await User.find(id=1, n__gt=5).delete(batch=batch)
        made = await User.find().ttl(60).create(id=2, name="b", batch=batch)
    assert made == User(id=2, name="b")
    assert coodie_recorder == cql_snapshot


async def test_a_query_of_nothing_adds_nothing(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await User.find(id__in=[]).delete(batch=batch)
    assert batch.statements == ()
    assert coodie_recorder.calls == []


async def test_a_hundred_batches_of_different_lengths_have_one_statement_text(coodie_recorder):
    for length in range(1, 11):
        async with AsyncBatchQuery() as batch:
            for number in range(length):
                await User(id=number).save(batch=batch)
    texts = {statement.cql for call in coodie_recorder.batches for statement in call.statements}
    assert len(texts) == 1


async def test_a_batch_is_shown_by_its_kind_and_size_and_no_value():
    batch = AsyncBatchQuery(logged=False)
    await User(id=1, name="secret").save(batch=batch)
    text = batch.statements[0].cql
    assert repr(batch) == f"<{AsyncBatchQuery.__name__}, unlogged batch of 1 statement: {text}>"
    assert repr(AsyncBatchQuery()) == f"<{AsyncBatchQuery.__name__}, batch of 0 statements>"


class Nested(Document):
    key: Annotated[tuple[int, list[SecretStr]], PrimaryKey()]
    n: int = 0


async def test_keys_that_hold_lists_are_told_apart(coodie_recorder):
    async with AsyncBatchQuery() as batch:
        await Nested(key=(1, [SecretStr("a")])).save(batch=batch)
        await Nested(key=(1, [SecretStr("b")])).save(batch=batch)
    assert len(coodie_recorder.batches) == 1
    batch = AsyncBatchQuery()
    await Nested(key=(1, [SecretStr("a")])).insert(batch=batch)
    with pytest.raises(InvalidQueryError, match="another partition"):
        await Nested(key=(1, [SecretStr("b")])).save(batch=batch)
