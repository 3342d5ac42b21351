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
    mine = Clock().uuid4()  # the first one that the service gets
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

    assert [event["kind"] for event in one["items"]] == ["0", "1"]
    assert [event["kind"] for event in other["items"]] == ["2"]
    assert other["next"] is None


async def test_a_page_of_another_user(client: AsyncClient, before: Before) -> None:
    latest, first = (Event(user_id=ANN, at=NOON - timedelta(hours=n), kind=f"{n}") for n in range(2))
    await before.pages_of_events([latest], [first])
    token = (await client.get(f"/users/{ANN}/events?size=1")).json()["next"]

    answer = await client.get(f"/users/{BOB}/events", params={"page": token})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_page_token")


@pytest.mark.parametrize("made_up", ["no token", "00ff"])
async def test_a_page_that_a_client_made_up(client: AsyncClient, made_up: str) -> None:
    answer = await client.get(f"/users/{ANN}/events", params={"page": made_up})

    assert answer.status_code == 400


async def test_the_feed_is_one_query_however_many_users_there_are(client: AsyncClient, before: Before) -> None:
    await before.pages_of_events([Event(user_id=user, at=NOON, kind="login") for user in (ANN, BOB)])

    with assert_cql_count(1):
        answer = await client.get("/feed", params={"user": [str(ANN), str(BOB)]})

    assert {event["user_id"] for event in answer.json()} == {str(ANN), str(BOB)}


@pytest.mark.parametrize(
    ("fault", "code", "wait"),
    [
        (faults.overloaded(), "overloaded", "1"),
        (faults.unavailable(), "unavailable", "1"),
        (faults.write_timeout(), "outcome_unknown", None),
    ],
    ids=repr,
)
async def test_a_client_is_told_whether_it_may_try_again(
    client: AsyncClient, coodie_recorder: RecordingDriver, fault: faults.Fault, code: str, wait: str | None
) -> None:
    coodie_recorder.on("batch").raises(fault)

    answer = await client.post(f"/users/{ANN}/events", json=[{"kind": "login"}])

    assert (answer.status_code, answer.json()["code"], answer.headers.get("retry-after")) == (503, code, wait)
