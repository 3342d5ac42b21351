"""Paging states for clients: sealed, and of use for one query, one context and a time only."""

import base64
import pickle
import random
import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

import pytest
import time_machine

from coodie.aio import Document
from coodie.exceptions import CoodieError, InvalidPageToken, InvalidQueryError
from coodie.fields import ClusteringKey, PrimaryKey

SECRET = secrets.token_hex()
STATE = b"\x00\x04abcd\xf0 the key of a customer"


class Message(Document):
    room: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    tags: set[str] = set()
    kinds: frozenset[str] = frozenset()


class Note(Document):
    room: Annotated[UUID, PrimaryKey()]
    number: Annotated[int, ClusteringKey()]
    tags: set[str] = set()
    kinds: frozenset[str] = frozenset()

    class Settings:
        name = "message"


ROOM = uuid4()
QUERY = Message.find(room=ROOM)


@pytest.fixture
async def result(coodie_recorder):
    coodie_recorder.on("select").pages([[{"room": ROOM, "number": 1}], [{"room": ROOM, "number": 2}]]).times(None)
    return await QUERY.paged_all()


def state_of(query):
    return query.statement().options.paging_state


async def test_a_token_goes_on_where_the_page_ended(result):
    token = result.token(SECRET)
    query = QUERY.page_token(token, SECRET)
    assert state_of(query) == result.paging_state
    assert [message.number for message in (await query.paged_all()).data] == [2]
    assert QUERY.page_token(None, SECRET).statement() == QUERY.statement()


async def test_the_last_page_has_no_token(result):
    last = await QUERY.page_token(result.token(SECRET), SECRET).paged_all()
    assert last.paging_state is None
    assert last.token(SECRET) is None


async def test_a_token_shows_nothing_and_differs_each_time(result):
    token = result.token(SECRET)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert result.paging_state not in raw
    assert result.token(SECRET) != token
    assert "=" not in token


async def test_the_size_of_pages_and_other_options_do_not_matter(result):
    token = result.token(SECRET)
    assert state_of(QUERY.fetch_size(7).consistency("ONE").page_token(token, SECRET)) == result.paging_state


async def test_a_page_that_was_pickled_gives_the_same_tokens(result):
    token = pickle.loads(pickle.dumps(result)).token(SECRET)
    assert state_of(QUERY.page_token(token, SECRET)) == result.paging_state


@pytest.mark.parametrize(
    ("query", "context"),
    [
        pytest.param(Message.find(room=uuid4()), "", id="another value"),
        pytest.param(QUERY.limit(10), "", id="a limit"),
        pytest.param(QUERY.order_by("-number"), "", id="another order"),
        pytest.param(QUERY.defer("tags"), "", id="other columns"),
        pytest.param(QUERY.filter(number__gt=1), "", id="one more filter"),
        pytest.param(QUERY.values_list("room", "number", "tags", "kinds"), "x", id="another context"),
        pytest.param(QUERY.using(keyspace="t42"), "", id="another keyspace"),
        pytest.param(Note.find(room=ROOM), "", id="another model"),
        pytest.param(Message.find(room__in=[]), "", id="a query without rows"),
    ],
)
async def test_a_token_of_something_else_is_refused(result, query, context):
    with pytest.raises(InvalidPageToken):
        query.page_token(result.token(SECRET), SECRET, context)


async def test_a_token_of_one_user_is_none_of_another(result):
    token = result.token(SECRET, context="ann")
    assert state_of(QUERY.page_token(token, SECRET, context="ann")) == result.paging_state
    for other in ("bob", "", "ann "):
        with pytest.raises(InvalidPageToken):
            QUERY.page_token(token, SECRET, context=other)


async def test_a_token_expires(result):
    with time_machine.travel("2030-01-01T00:00:00Z", tick=False) as clock:
        token = result.token(SECRET, ttl=60)
        clock.shift(timedelta(seconds=59.9))
        assert state_of(QUERY.page_token(token, SECRET)) == result.paging_state
        clock.shift(timedelta(seconds=0.2))
        with pytest.raises(InvalidPageToken, match="expired"):
            QUERY.page_token(token, SECRET)
        assert QUERY.page_token(result.token(SECRET), SECRET) is not None


async def test_of_several_secrets_the_first_seals_and_each_opens(result):
    old, new = secrets.token_bytes(), secrets.token_hex()
    token = result.token(old)
    assert state_of(QUERY.page_token(token, [new, old])) == result.paging_state
    token = result.token([new, old])
    assert state_of(QUERY.page_token(token, new)) == result.paging_state
    with pytest.raises(InvalidPageToken):
        QUERY.page_token(token, old)


async def test_forged_cut_swapped_and_expired_tokens_are_refused(result):
    chance = random.Random(7)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tokens = [result.token(SECRET, ttl=60), result.token(SECRET), result.token(SECRET, context="ann")]
    with time_machine.travel("2020-01-01T00:00:00Z"):
        expired = [result.token(SECRET, ttl=60 + number) for number in range(100)]

    def forged():
        token = list(chance.choice(tokens))
        match chance.randrange(7):
            case 0:
                token[chance.randrange(len(token))] = chance.choice(letters)
            case 1:
                del token[chance.randrange(len(token)) :]
            case 2:
                token.insert(chance.randrange(len(token) + 1), chance.choice(letters + "=é\0 "))
            case 3:
                place = chance.randrange(len(token))
                token[place:] = chance.choice(tokens)[place:]
            case 4:
                one, other = chance.sample(range(len(token)), 2)
                token[one], token[other] = token[other], token[one]
            case 5:
                token = chance.choice(expired)
            case _:
                token = chance.choices(letters, k=chance.randrange(200))
        return "".join(token)

    made = 0
    while made < 10_000:
        token = forged()
        if token in tokens:
            continue
        made += 1
        with pytest.raises(InvalidPageToken):
            QUERY.page_token(token, SECRET)


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ("short", "at least 16 bytes"),
        ("", "at least 16 bytes"),
        ([], "secret takes"),
        (None, "secret takes"),
        ([SECRET, 5], "secret takes"),
        ([SECRET, "x"], "at least 16 bytes"),
    ],
)
async def test_what_can_be_no_secret_is_refused_and_not_shown(result, secret, message):
    token = result.token(SECRET)
    for call in (lambda: result.token(secret), lambda: QUERY.page_token(token, secret)):
        with pytest.raises(InvalidQueryError, match=message) as caught:
            call()
        assert "short" not in str(caught.value)


@pytest.mark.parametrize("ttl", [0, -1, "60", True, float("nan"), float("inf")])
async def test_what_can_be_no_time_is_refused(result, ttl):
    with pytest.raises(InvalidQueryError, match="ttl takes a positive number of seconds"):
        result.token(SECRET, ttl=ttl)


@pytest.mark.parametrize("token", [5, b"bytes"])
def test_what_can_be_no_token_is_refused(token):
    with pytest.raises(InvalidQueryError, match="a page token is a str"):
        QUERY.page_token(token, SECRET)


def test_the_error_is_one_of_coodie():
    assert issubclass(InvalidPageToken, CoodieError)


@pytest.mark.parametrize("order", [["b", "a", "c"], ["c", "b", "a"]])
async def test_sets_with_the_same_elements_are_the_same_value(coodie_recorder, order):
    coodie_recorder.on("select").pages([[], []]).times(None)

    def query(tags):
        return Message.find(room=ROOM, number=1).filter(kinds=frozenset(tags)).allow_filtering()

    result = await query("abc").paged_all()
    assert state_of(query(order).page_token(result.token(SECRET), SECRET)) == result.paging_state
