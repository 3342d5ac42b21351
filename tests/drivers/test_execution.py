"""Whether an EXECUTE asks the server for the columns of the answer, which a client of v5 knows from the preparation."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from weakref import WeakValueDictionary

import pytest
from cassandra import cqltypes as vendor
from cassandra.protocol import ColumnMetadata, ExecuteMessage
from cassandra.query import PreparedStatement
from drivers.fake_session import SELECT, insert, message_of
from drivers.test_rows import COLUMNS, V5, prepared_body, read

from coodie.cql.message import Kind, Statement
from coodie.drivers.cassandra import CassandraDriver
from coodie.drivers.cassandra.own_messages import without_columns
from coodie.drivers.cassandra.prepared import Prepared

QUESTION = Statement(SELECT, (1,), kind=Kind.READ)
SKIP_METADATA = 0x02


@pytest.fixture
def session(session: Any) -> Any:
    session.results = {SELECT: [("shop", "events", "id", vendor.Int32Type)]}
    return session


def written(message: Any, version: int, before: bytes = b"") -> bytes:
    f = BytesIO()
    f.write(before)
    message.send_body(f, version)
    return f.getvalue()


def differences(session: Any, version: int, before: bytes = b"") -> list[tuple[int, int, int]]:
    """Where the last request differs from what the vendor would send, and the two bytes."""
    future = session.futures[-1]
    sent, plain = (written(message, version, before) for message in (future.message, message_of(future.query)))
    return [(place, *both) for place, both in enumerate(zip(sent, plain, strict=True)) if both[0] != both[1]]


def test_several_drivers_on_a_session_agree_on_what_is_sent(session: Any, driver: CassandraDriver) -> None:
    CassandraDriver(session).execute(QUESTION)
    assert len(differences(session, V5)) == 1


@pytest.mark.parametrize("before", [b"", b"a custom payload, which is written before"])
def test_a_query_of_known_columns_has_the_server_leave_them_out(
    session: Any, driver: CassandraDriver, before: bytes
) -> None:
    driver.execute(QUESTION)
    ((place, sent, plain),) = differences(session, V5, before)
    assert sent == plain | SKIP_METADATA
    names = b"id of " + SELECT.encode(), b"columns of " + SELECT.encode()
    ids = b"".join(len(name).to_bytes(2, "big") + name for name in names)
    assert place == len(before) + len(ids) + 2 + 3  # after the consistency, in the last byte of the flags


def test_before_v5_nothing_says_whether_the_columns_are_still_those(session: Any, driver: CassandraDriver) -> None:
    driver.execute(QUESTION)
    assert differences(session, 4) == []


def test_a_write_has_no_columns_to_leave_out(session: Any, driver: CassandraDriver) -> None:
    driver.execute(insert())
    assert not hasattr(session.futures[-1].message, "prepared")


@pytest.mark.parametrize(("told", "skips"), [(b"metadata id", True), (b"another one", False)])
def test_rule_13_columns_that_changed_are_asked_for(told: bytes, skips: bool) -> None:
    """A request under way may name the columns of before, and be read by those that another one was told since."""
    described = [ColumnMetadata("shop", "events", name, kind) for name, kind in COLUMNS.items()]
    columns = [("shop", "events", "id", vendor.Int32Type)]
    prepared = Prepared(PreparedStatement(described, b"id", None, "x", None, V5, columns, told), None)
    message = without_columns(
        ExecuteMessage(b"id", [], 1, skip_meta=True, result_metadata_id=told),
        prepared,
    )
    flags = 2 + 2 + 2 + len(told) + 2 + 3
    assert written(message, V5)[flags] & SKIP_METADATA
    read(prepared_body(COLUMNS), WeakValueDictionary({b"id": prepared}))
    assert bool(written(message, V5)[flags] & SKIP_METADATA) is skips
