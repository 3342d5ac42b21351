"""Bad input and hostile use: each is refused with an error of coodie's, before anything is sent, and shows no value."""

import asyncio
import traceback
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

import pytest
from pydantic import Field, HttpUrl, SecretBytes, SecretStr

from coodie.aio import AsyncBatchQuery
from coodie.exceptions import DecodeError, InvalidQueryError, ModelError
from coodie.fields import Inet, PrimaryKey
from coodie.mapping.model import mapper_of
from coodie.sync import BatchQuery, Document

HIDDEN = "hunter2"


class Login(Document):
    id: Annotated[int, PrimaryKey()]
    word: Annotated[SecretStr, Field(min_length=8)] | None = None
    key: SecretBytes | None = None
    tries: int = 0
    host: Annotated[str, Inet()] = "::1"
    hosts: dict[str, Annotated[str, Inet()]] = {}
    near: IPv4Address | IPv6Address | None = None
    page: HttpUrl | None = None


def login(**assigned):
    document = Login(id=1)
    for name, value in assigned.items():
        setattr(document, name, value)
    return document


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"word": HIDDEN}, id="secret"),
        pytest.param({"tries": HIDDEN}, id="int"),
    ],
)
def test_a_row_that_does_not_fit_shows_no_value_even_in_the_traceback(values):
    mapper, row = mapper_of(Login), {"id": 1, **values}
    for read in (mapper.read, mapper.read_values):
        with pytest.raises(DecodeError) as caught:
            read(tuple(row), [tuple(row.values())])
        assert HIDDEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: login(host=HIDDEN).save(), id="save"),
        pytest.param(lambda: login(host=5).save(), id="number as address"),
        pytest.param(lambda: login(hosts={"a": HIDDEN}).save(), id="save a map"),
        pytest.param(lambda: login(page=HIDDEN).save(), id="save a URL"),
        pytest.param(lambda: login().update(host=HIDDEN), id="update"),
        pytest.param(lambda: login().update(hosts__put=("a", HIDDEN)), id="put"),
        pytest.param(lambda: login().update(hosts__update={"a": HIDDEN}), id="update a map"),
        pytest.param(lambda: login().update(near=IPv6Address("fe80::1%hunter2")), id="scope"),
        pytest.param(lambda: Login.find(host=HIDDEN), id="find"),
        pytest.param(lambda: Login.find(id=1).update(host=HIDDEN), id="update by a query"),
    ],
)
def test_a_value_that_no_column_holds_is_refused_and_not_shown(coodie_recorder, write):
    with pytest.raises(InvalidQueryError) as caught:
        write()
    shown = "".join(line for line in traceback.format_exception(caught.value) if "test_attacks" not in line)
    assert HIDDEN not in shown
    assert coodie_recorder.calls == []


@pytest.mark.parametrize("assigned", [{"word": HIDDEN}, {"key": HIDDEN.encode()}])
def test_a_secret_that_was_assigned_as_a_plain_value_is_masked_too(coodie_recorder, assigned):
    login(**assigned).save()
    assert HIDDEN not in repr(coodie_recorder.last.request)
    assert {*assigned.values()} < {*coodie_recorder.last.values}


async def test_a_batch_under_way_is_not_sent_twice(coodie_recorder):
    batch = AsyncBatchQuery(batch_type="COUNTER")
    batch.add("UPDATE visits SET n = n + 1 WHERE id = 1")
    sent, refused = await asyncio.gather(batch.execute(), batch.execute(), return_exceptions=True)
    assert sent is None
    assert isinstance(refused, InvalidQueryError) and "being sent" in str(refused)
    assert len(coodie_recorder.batches) == 1


async def test_a_batch_under_way_takes_no_statement_and_is_free_afterwards(coodie_recorder):
    batch = AsyncBatchQuery()
    batch.add("INSERT INTO visits (id) VALUES (1)")
    under_way = asyncio.ensure_future(batch.execute())
    await asyncio.sleep(0)
    with pytest.raises(InvalidQueryError, match="being sent"):
        Login(id=1).save(batch=batch)
    await under_way
    Login(id=1).save(batch=batch)
    await batch.execute()
    assert [len(call.statements) for call in coodie_recorder.batches] == [1, 1]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"timestamp": -1}, id="before 1970"),
        pytest.param({"timestamp": datetime.min}, id="the first moment"),
        pytest.param({"warn_bytes": "5120"}, id="text"),
        pytest.param({"warn_statements": True}, id="bool"),
        pytest.param({"warn_partitions": -1}, id="negative"),
    ],
)
def test_a_batch_refuses_odd_options_at_once(options):
    with pytest.raises(InvalidQueryError):
        BatchQuery(**options)


@pytest.mark.parametrize(
    "settings",
    [pytest.param({"warn_bytes": "5120"}, id="threshold")],
)
def test_a_setting_of_a_wrong_kind_is_a_model_error(settings):
    with pytest.raises(ModelError, match="Made"):
        made(settings)


def made(settings):
    class Made(Document):
        id: Annotated[int, PrimaryKey()]

        Settings = type(
            "Settings", (), {"__module__": __name__, "__qualname__": "made.<locals>.Made.Settings", **settings}
        )

    return Made
