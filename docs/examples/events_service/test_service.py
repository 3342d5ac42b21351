"""Tests what the service does and what it sends."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from httpx import AsyncClient

from coodie.testing import Clock, RecordingDriver, assert_cql_count, faults
from coodie.testing.snapshot import CqlSnapshot

from .conftest import Before
from .models import KEYSPACE, Account, Event

pytestmark = pytest.mark.coodie(keyspace=KEYSPACE)

ANN, BOB = UUID(int=1), UUID(int=2)
NOON = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
SIGN_UP = {"email": "ann@example.org", "name": "Ann"}


async def test_what_is_sent(
    client: AsyncClient, before: Before, coodie_recorder: RecordingDriver, cql_snapshot: CqlSnapshot
) -> None:
    before.an_address_is_free()

    account = (await client.post("/accounts", json=SIGN_UP)).json()
    path = f"/users/{account['user_id']}/events"
    answer = await client.post(path, json=[{"kind": "login"}, {"kind": "order", "note": "a book"}])

    assert answer.status_code == 201
    assert coodie_recorder == cql_snapshot


async def test_an_address_has_one_account(client: AsyncClient, before: Before) -> None:
    await before.an_account(Account(email="ann@example.org", user_id=BOB, name="Bob"))

    answer = await client.post("/accounts", json=SIGN_UP)

    assert answer.status_code == 409


async def test_a_lost_answer_does_not_lose_the_account(
    client: AsyncClient, before: Before, coodie_recorder: RecordingDriver
) -> None:
    mine = Clock().uuid4()  # the first one that the clock of this test returns
    before.a_claim_that_is_lost_on_the_way_back(Account(email="ann@example.org", user_id=mine, name="Ann"))

    answer = await client.post("/accounts", json=SIGN_UP)

    assert (answer.status_code, answer.json()["user_id"]) == (201, str(mine))
    assert coodie_recorder.last.request.options.consistency == "SERIAL"


async def test_events_go_in_one_request(client: AsyncClient, coodie_clock: Clock) -> None:
    coodie_clock.tick(60)

    with assert_cql_count(1) as sent:
        answer = await client.post(f"/users/{ANN}/events", json=[{"kind": "view"}, {"kind": "view"}])

    assert answer.json() == 2
    first, second = sent.batches[0].statements
    assert first.params["at"] == coodie_clock.now()
    assert second.params["at"] > first.params["at"]


async def test_nothing_is_sent_for_a_wrong_request(client: AsyncClient, coodie_recorder: RecordingDriver) -> None:
    answer = await client.post("/accounts", json={"email": "ann@example.org"})

    assert answer.status_code == 422
    assert coodie_recorder.cql == []


async def test_page_by_page(client: AsyncClient, before: Before) -> None:
    latest, middle, first = (Event(user_id=ANN, at=NOON - timedelta(hours=n), kind=f"{n}") for n in range(3))
    await before.pages_of_events([latest, middle], [first])

    one = (await client.get(f"/users/{ANN}/events?size=2")).json()
    other = (await client.get(f"/users/{ANN}/events", params={"size": 2, "page": one["next"]})).json()

    assert [event["kind"] for event in one["events"]] == ["0", "1"]
    assert [event["kind"] for event in other["events"]] == ["2"]
    assert other["next"] is None


@pytest.mark.parametrize("made_up", ["no hex", "00ff"])
async def test_a_page_that_a_client_made_up(
    client: AsyncClient, coodie_recorder: RecordingDriver, made_up: str
) -> None:
    coodie_recorder.on("select", table=Event).raises(faults.invalid()).optional()

    answer = await client.get(f"/users/{ANN}/events", params={"page": made_up})

    assert answer.status_code == 400


async def test_the_feed_is_one_query_however_many_users_there_are(client: AsyncClient, before: Before) -> None:
    await before.pages_of_events([Event(user_id=user, at=NOON, kind="login") for user in (ANN, BOB)])

    with assert_cql_count(1):
        answer = await client.get("/feed", params={"user": [str(ANN), str(BOB)]})

    assert {event["user_id"] for event in answer.json()} == {str(ANN), str(BOB)}


@pytest.mark.parametrize("fault", [faults.overloaded(), faults.unavailable(), faults.write_timeout()], ids=repr)
async def test_a_busy_database_is_said_to_be_busy(
    client: AsyncClient, coodie_recorder: RecordingDriver, fault: faults.Fault
) -> None:
    coodie_recorder.on("batch").raises(fault)

    answer = await client.post(f"/users/{ANN}/events", json=[{"kind": "login"}])

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
