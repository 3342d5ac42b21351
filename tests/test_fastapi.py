"""`coodie.fastapi`: lifespans, the answers to errors, and pages, on a recorder and on the engine."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse
from httpx import ASGITransport, AsyncClient, Response
from pydantic import BaseModel, SecretStr

from coodie import aio, sync
from coodie.drivers.registry import get_driver, names
from coodie.exceptions import (
    ConditionNotMet,
    ConfigurationError,
    CoodieError,
    DecodeError,
    DocumentNotFound,
    InvalidPageToken,
    InvalidQueryError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    Timeout,
    Unavailable,
)
from coodie.fastapi import Page, install_error_handlers, lifespan
from coodie.fields import ClusteringKey, From, PrimaryKey
from coodie.results import PagedResult
from coodie.testing import MemoryDriver, RecordingDriver, faults

SECRET = "a secret of more than 16 bytes"


class Event(aio.Document):
    user: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    note: str | None = None
    password: SecretStr | None = None

    class Settings:
        name = "events"


class SyncEvent(sync.Document):
    user: Annotated[str, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    note: str | None = None

    class Settings:
        name = "events"


class Summary(BaseModel):
    number: int
    text: Annotated[str | None, From("note")]


@pytest.fixture(scope="module")
def coodie_schema() -> Any:
    return [Event]


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client of an application that was started."""
    async with app.router.lifespan_context(app), AsyncClient(transport=ASGITransport(app), base_url="http://t") as one:
        yield one


async def answer_to(error: Exception, **options: Any) -> Response:
    """The answer to a request that fails with this error."""
    app = FastAPI()
    install_error_handlers(app, **options)

    @app.get("/")
    async def fail() -> None:
        raise error

    async with client_of(app) as client:
        return await client.get("/")


# The connection.


def test_a_lifespan_takes_what_init_coodie_takes() -> None:
    assert inspect.signature(lifespan).parameters == inspect.signature(aio.init_coodie).parameters


async def test_a_lifespan_connects_and_closes() -> None:
    app = FastAPI(lifespan=lifespan("memory:", keyspace="shop", create_keyspace=True, name="shop"))
    async with app.router.lifespan_context(app):
        assert isinstance(get_driver("shop"), MemoryDriver)
        await aio.execute_raw("CREATE TABLE shop.t (id int PRIMARY KEY)", connection="shop")
    assert "shop" not in names()


async def test_a_lifespan_closes_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        async with lifespan("memory:", name="shop")(None):
            raise ZeroDivisionError
    assert "shop" not in names()


async def test_a_lifespan_leaves_a_driver_of_the_users_open(coodie_memory: RecordingDriver) -> None:
    memory = coodie_memory.inner
    async with lifespan(driver=memory, name="other")(None):
        assert get_driver("other") is memory
    assert "other" not in names()
    assert isinstance(memory, MemoryDriver)
    assert memory.rows("events") == []


async def test_a_lifespan_minds_no_connection_that_was_closed() -> None:
    async with lifespan("memory:", name="shop")(None):
        await aio.close("shop")


async def test_a_lifespan_does_not_hide_why_it_cannot_connect() -> None:
    with pytest.raises(ConfigurationError, match="lazy must be True or False"):
        async with lifespan("memory:", lazy="no")(None):  # type: ignore[arg-type]
            pass


async def test_a_lifespan_of_the_users_own_uses_it(coodie_recorder: RecordingDriver) -> None:
    @asynccontextmanager
    async def started(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan("db1", keyspace="shop")(app):
            await aio.execute_raw("TRUNCATE t")
            yield

    async with client_of(FastAPI(lifespan=started)):
        pass
    assert coodie_recorder.cql == ["TRUNCATE t"]


async def test_rule_34_a_recorder_stays_under_a_lifespan(coodie_recorder: RecordingDriver) -> None:
    app = FastAPI(lifespan=lifespan("10.0.0.1", keyspace="shop"))

    @app.post("/")
    async def save() -> None:
        await Event(user="ann", number=1).save()

    async with client_of(app) as client:
        await client.post("/")
    assert get_driver() is coodie_recorder
    assert coodie_recorder.cql[-1].startswith("INSERT INTO shop.events ")


@pytest.mark.parametrize("is_async", [True, False])
async def test_rule_34_the_engine_stays_under_a_lifespan(coodie_memory: RecordingDriver, is_async: bool) -> None:
    app = FastAPI(lifespan=lifespan("10.0.0.1", keyspace="coodie_test", create_keyspace=True))
    add_events(app, is_async=is_async)
    async with client_of(app) as client:
        await client.post("/events/ann/1")
        assert (await client.get("/events/ann/1")).json()["number"] == 1
    memory = coodie_memory.inner
    assert isinstance(memory, MemoryDriver)
    assert [row["number"] for row in memory.rows("events")] == [1]


def test_rule_34_a_recorder_stays_under_the_test_client_of_fastapi(coodie_memory: RecordingDriver) -> None:
    """It runs the application on an event loop in another thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Starlette says about httpx
        from fastapi.testclient import TestClient
    app = FastAPI(lifespan=lifespan("10.0.0.1"))
    add_events(app, is_async=True)
    with TestClient(app) as client:
        client.post("/events/ann/1")
        assert client.get("/events/ann/1").json()["number"] == 1
    assert SyncEvent.get(user="ann", number=1).number == 1


def add_events(app: FastAPI, *, is_async: bool) -> None:
    """Endpoints for events: async ones, or with models of the sync API in the threads of FastAPI."""
    if is_async:

        @app.post("/events/{user}/{number}")
        async def save(user: str, number: int, note: str | None = None) -> None:
            (await Event(user=user, number=number, note=note).insert()).raise_if_lost()

        @app.get("/events/{user}/{number}")
        async def get(user: str, number: int) -> Event:
            return await Event.get(user=user, number=number)

        @app.get("/events/{user}")
        async def events(user: str, size: int = 2, page: str | None = None) -> Page[Event]:
            query = Event.find(user=user).fetch_size(size).page_token(page, SECRET, context=user)
            return Page.of(await query.paged_all(), SECRET, context=user)

    else:

        @app.post("/events/{user}/{number}")
        def save(user: str, number: int, note: str | None = None) -> None:
            SyncEvent(user=user, number=number, note=note).insert().raise_if_lost()

        @app.get("/events/{user}/{number}")
        def get(user: str, number: int) -> SyncEvent:
            return SyncEvent.get(user=user, number=number)

        @app.get("/events/{user}")
        def events(user: str, size: int = 2, page: str | None = None) -> Page[SyncEvent]:
            query = SyncEvent.find(user=user).fetch_size(size).page_token(page, SECRET, context=user)
            return Page.of(query.paged_all(), SECRET, context=user)


@pytest.fixture(params=[True, False], ids=["async", "sync"])
async def client(coodie_memory: RecordingDriver, request: pytest.FixtureRequest) -> AsyncIterator[AsyncClient]:
    """The service on the engine, by models of either API."""
    app = FastAPI(lifespan=lifespan("10.0.0.1"))
    install_error_handlers(app)
    add_events(app, is_async=request.param)
    async with client_of(app) as client:
        yield client


# Errors.


async def test_what_is_not_there_is_not_found(client: AsyncClient) -> None:
    answer = await client.get("/events/ann/1")
    assert (answer.status_code, answer.json()) == (404, {"detail": "not found", "code": "not_found"})


async def test_a_lost_condition_is_a_conflict(client: AsyncClient) -> None:
    assert (await client.post("/events/ann/1")).status_code == 200
    answer = await client.post("/events/ann/1")
    assert (answer.status_code, answer.json()["code"]) == (409, "condition_not_met")


async def test_a_page_of_the_clients_own_making_is_a_bad_request(client: AsyncClient) -> None:
    for made_up in ("x", "", "é", "Af6hER"):
        answer = await client.get("/events/ann", params={"page": made_up})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_page_token")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.overloaded(), "overloaded"),
        (faults.bootstrapping(), "overloaded"),
        (faults.unavailable(), "unavailable"),
        (faults.read_timeout(), "timeout"),
        (faults.cas_write_unknown(), "outcome_unknown"),
        (faults.write_timeout(write_type="CAS"), "outcome_unknown"),
        (faults.connection_lost(), "outcome_unknown"),
    ],
    ids=repr,
)
async def test_a_database_in_trouble_is_unavailable(
    client: AsyncClient, coodie_memory: RecordingDriver, fault: faults.Fault, code: str
) -> None:
    kind = "select" if code == "timeout" else "insert"
    coodie_memory.on(kind).raises(fault)
    answer = await (client.get("/events/ann/1") if kind == "select" else client.post("/events/ann/1"))
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert "retry-after" not in answer.headers


BUSY = [Overloaded("x"), Unavailable("x"), Timeout("x")]
ALL = [*BUSY, OutcomeUnknown("x"), DocumentNotFound("x"), ConditionNotMet("x"), InvalidPageToken("x")]


@pytest.mark.parametrize("error", ALL, ids=repr)
async def test_an_answer_says_when_to_try_again_where_nothing_was_written(error: CoodieError) -> None:
    answer = await answer_to(error, retry_after=5)
    assert answer.headers.get("retry-after") == ("5" if error in BUSY else None)


@pytest.mark.parametrize("error", ALL, ids=repr)
async def test_an_answer_has_no_words_of_the_error_unless_asked(error: CoodieError) -> None:
    secret = type(error)("SELECT name FROM customers WHERE id = 4711")
    body = (await answer_to(secret)).json()
    assert set(body) == {"detail", "code"}
    assert "customers" not in json.dumps(body)
    assert (await answer_to(secret, details=True)).json()["message"] == str(secret)


async def test_the_row_that_a_condition_met_is_in_the_answer_if_asked() -> None:
    lost = ConditionNotMet("lost", Event(user="ann", number=1, password=SecretStr("hush")))
    assert "ann" not in (await answer_to(lost)).text
    answer = await answer_to(lost, details=True)
    assert answer.json()["existing"] == {"user": "ann", "number": 1, "note": None, "password": "**********"}
    assert (await answer_to(ConditionNotMet("lost"), details=True)).json()["existing"] is None


class Unusual(BaseModel):
    data: bytes = b"\xff"
    amount: float = float("nan")


@pytest.mark.parametrize(
    ("existing", "shown"),
    [(DecodeError("x"), None), (Unusual(), None), (Unusual(data=b"x"), {"data": "x", "amount": None})],
    ids=["unreadable", "bytes", "NaN"],
)
async def test_a_row_that_cannot_be_shown_does_not_hide_the_conflict(existing: Any, shown: Any) -> None:
    answer = await answer_to(ConditionNotMet("lost", existing), details=True)
    assert (answer.status_code, answer.json()["existing"]) == (409, shown)


@pytest.mark.parametrize("error", [InvalidQueryError("x"), RequestRejected("x"), ConfigurationError("x")], ids=repr)
async def test_a_mistake_of_the_application_is_no_fault_of_its_client(error: CoodieError) -> None:
    with pytest.raises(type(error)):
        await answer_to(error)


async def test_a_class_derived_from_an_error_is_answered_alike() -> None:
    class VersionLost(ConditionNotMet[Event]):
        pass

    assert (await answer_to(VersionLost("x"))).status_code == 409


async def test_a_handler_of_the_users_own_takes_precedence() -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.exception_handler(ConditionNotMet)
    async def gone(request: Request, error: ConditionNotMet[Any]) -> JSONResponse:
        return JSONResponse({}, 410)

    @app.get("/")
    async def fail() -> None:
        raise ConditionNotMet("x")

    async with client_of(app) as client:
        assert (await client.get("/")).status_code == 410


async def test_a_web_socket_ends_as_without_handlers() -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.websocket("/")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        raise DocumentNotFound("x")

    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": [], "subprotocols": []}
    with pytest.raises(DocumentNotFound):
        await app(scope, receive, send)
    assert sent == ["websocket.accept"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"retry_after": 0}, "retry_after takes a positive whole number, not 0"),
        ({"retry_after": "5"}, "retry_after takes a positive whole number, not a str"),
        ({"retry_after": True}, "retry_after takes a positive whole number"),
        ({"details": "no"}, "details must be True or False, not a str"),
    ],
)
def test_options_of_a_wrong_kind_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        install_error_handlers(FastAPI(), **options)


def test_handlers_are_for_an_application() -> None:
    with pytest.raises(ConfigurationError, match="app must be a FastAPI application, not a str"):
        install_error_handlers("app")  # type: ignore[arg-type]


# Pages.


async def test_a_client_goes_from_page_to_page(client: AsyncClient) -> None:
    for number in range(5):
        await client.post(f"/events/ann/{number}")
    seen: list[list[int]] = []
    page: str | None = None
    while page is not None or not seen:
        body = (await client.get("/events/ann", params={} if page is None else {"page": page})).json()
        assert set(body) == {"items", "next"}
        seen.append([event["number"] for event in body["items"]])
        page = body["next"]
    assert seen[:3] == [[0, 1], [2, 3], [4]]
    assert seen[3:] in ([], [[]])


async def test_a_token_of_one_user_is_a_bad_request_of_another(client: AsyncClient) -> None:
    for number in range(3):
        await client.post(f"/events/ann/{number}")
    token = (await client.get("/events/ann")).json()["next"]
    assert "ann" not in token
    assert (await client.get("/events/bob", params={"page": token})).status_code == 400


async def test_a_page_has_what_the_query_gives(coodie_memory: RecordingDriver) -> None:
    for number in range(3):
        await Event(user="ann", number=number, note="x").save()
    app = FastAPI()
    query = Event.find(user="ann").fetch_size(2)

    @app.get("/projected")
    async def projected() -> Page[Summary]:
        return Page.of(await query.as_(Summary).paged_all(), SECRET)

    @app.get("/values")
    async def values() -> Page[tuple[int, str | None]]:
        return Page.of(await query.values_list(Event.number, Event.note).paged_all(), SECRET)

    @app.get("/only")
    async def only() -> Page[Event]:
        return Page.of(await query.only("user", "number").paged_all(), SECRET)

    async with client_of(app) as client:
        assert (await client.get("/projected")).json()["items"] == [{"number": n, "text": "x"} for n in range(2)]
        assert (await client.get("/values")).json()["items"] == [[0, "x"], [1, "x"]]
        assert (await client.get("/only")).json()["items"] == [{"user": "ann", "number": n} for n in range(2)]


def test_a_page_is_right_in_openapi() -> None:
    app = FastAPI()
    add_events(app, is_async=True)
    schema = app.openapi()
    answer = schema["paths"]["/events/{user}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer == {"schema": {"$ref": "#/components/schemas/Page_Event_"}}
    page = schema["components"]["schemas"]["Page_Event_"]
    assert page["title"] == "Page[Event]"
    assert page["required"] == ["items", "next"]
    assert page["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Event"}
    assert page["properties"]["next"]["anyOf"] == [{"type": "string"}, {"type": "null"}]


async def test_a_page_takes_what_a_token_takes(coodie_recorder: RecordingDriver) -> None:
    given = list(inspect.signature(PagedResult.token).parameters.values())[1:]
    assert list(inspect.signature(Page.of).parameters.values())[1:] == given
    coodie_recorder.on("select").pages([[Event(user="ann", number=1)], []])
    result = await Event.find(user="ann").paged_all()
    with pytest.raises(InvalidQueryError, match="at least 16 bytes"):
        Page.of(result, "short")
    token = Page.of(result, SECRET, ttl=60, context="ann").next
    Event.find(user="ann").page_token(token, SECRET, context="ann")
    with pytest.raises(InvalidPageToken):
        Event.find(user="ann").page_token(token, SECRET)


MISSING = """
import sys
sys.modules["fastapi"] = None
import coodie.sync, coodie.aio
try:
    import coodie.fastapi
except ModuleNotFoundError as error:
    print(error)
"""


def test_what_is_not_installed_is_named() -> None:
    run = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=True)
    assert run.stdout == "coodie.fastapi needs the package fastapi: pip install fastapi cryptography\n"
