"""Frames in, frames out. That a real server answers alike is tested in ``tests_integration/memory/test_wire.py``."""

from __future__ import annotations

from random import Random

import pytest
from testing.memory.wire.frame_client import (
    FRAMES,
    Client,
    error_of,
    mutated,
    request,
    rows_of,
    some_values,
    startup,
    text,
)

from coodie.testing.memory.driver import MemoryDriver
from coodie.testing.memory.wire import frames
from coodie.testing.memory.wire.frames import integer, short, short_bytes, string, strings
from coodie.testing.memory.wire.stream import Exchange

ONE, TWO = integer(1), integer(2)
VALUES, SKIP, SIZE, STATE, TIMESTAMP, NAMES, KEYSPACE, NOW = 0x01, 0x02, 0x04, 0x08, 0x20, 0x40, 0x80, 0x100


def long(number: int) -> bytes:
    return number.to_bytes(8, "big", signed=True)


@pytest.fixture(params=[3, 4, 5])
def client(memory: MemoryDriver, request: pytest.FixtureRequest) -> Client:
    return Client(memory, request.param)


def test_a_connection_begins_with_startup(memory: MemoryDriver) -> None:
    exchange = Exchange(memory.server, lambda event: None)
    (answer,) = exchange.answers(request(frames.QUERY, text("SELECT key FROM system.local") + b"\0\1\0"))
    assert error_of(answer) == (0x000A, "Unexpected message QUERY, expecting STARTUP or OPTIONS")
    (answer,) = exchange.answers(request(frames.OPTIONS))
    assert answer.opcode == frames.SUPPORTED
    assert b"COMPRESSION\0\0" in answer.body
    (answer,) = exchange.answers(startup())
    assert answer.opcode == frames.READY
    (answer,) = exchange.answers(startup())
    assert error_of(answer) == (0x000A, "Unexpected message STARTUP, the connection is already initialized")


@pytest.mark.parametrize("version", [1, 2, 6, 7, 66])
def test_a_version_that_it_has_not_got_is_refused_so_that_drivers_take_another(
    memory: MemoryDriver, version: int
) -> None:
    exchange = Exchange(memory.server, lambda event: None)
    (answer,) = exchange.answers(request(frames.OPTIONS, version=version, stream=9))
    assert (answer.version, answer.stream) == (5, 9)
    code, told = error_of(answer)
    assert code == 0x000A
    assert told.startswith(f"Invalid or unsupported protocol version ({version}); supported versions are (3/v3, ")
    assert exchange.is_over
    assert list(exchange.answers(startup())) == []


def test_a_version_is_kept_for_the_whole_connection(memory: MemoryDriver) -> None:
    client = Client(memory, 4)
    (answer,) = client.send(request(frames.OPTIONS, version=5))
    told = "Invalid message version. Got 5/v5 but previous messages on this connection had version 4/v4"
    assert error_of(answer) == (0x000A, told)


def test_frames_come_in_any_pieces(memory: MemoryDriver) -> None:
    exchange = Exchange(memory.server, lambda event: None)
    asked = startup() + request(frames.QUERY, text("SELECT key FROM system.local") + b"\0\1\0", stream=7)
    found = [answer for byte in asked for answer in exchange.answers(bytes([byte]))]
    assert [(answer.stream, answer.opcode) for answer in found] == [(1, frames.READY), (7, frames.RESULT)]


def test_several_frames_stand_in_one_segment(memory: MemoryDriver) -> None:
    client = Client(memory, 5)
    one = request(frames.OPTIONS, version=5, stream=1)
    two = request(frames.OPTIONS, version=5, stream=2)
    assert [answer.stream for answer in client.send(one + two)] == [1, 2]


def test_a_long_frame_takes_several_segments_both_ways(memory: MemoryDriver) -> None:
    client = Client(memory, 5)
    long_text = "x" * 300_000
    insert = client.prepare("INSERT INTO ks.t (p, c, v) VALUES (?, ?, ?)")
    answer = client.execute(insert, VALUES, some_values([ONE, TWO, long_text.encode()]))
    assert answer.body == integer(1)
    assert memory.rows("ks.t") == [{"p": 1, "c": 2, "v": long_text}]
    answer = client.query("SELECT v FROM ks.t", SKIP)
    assert len(client.exchange.stream.pack(answer)) > 300_000 + 2 * 10


@pytest.mark.parametrize("number", [0, 5, 7])
def test_a_segment_with_a_wrong_check_sum_ends_the_connection(memory: MemoryDriver, number: int) -> None:
    client = Client(memory, 5)
    data = bytearray(client.exchange.stream.pack(frames.Frame(5, 0, 1, frames.OPTIONS, b"")))
    data[number] ^= 1
    (answer,) = client.exchange.answers(bytes(data))
    assert error_of(answer)[0] == 0x000A
    assert client.exchange.is_over


def test_values_by_name(client: Client, memory: MemoryDriver) -> None:
    named = short(2) + string("c") + frames.some_bytes(TWO) + string("p") + frames.some_bytes(ONE)
    assert client.query("INSERT INTO ks.t (p, c) VALUES (:p, :c)", VALUES | NAMES, named).body == integer(1)
    assert memory.rows("ks.t") == [{"p": 1, "c": 2, "v": None}]


def test_unset_values_come_with_version_4(client: Client, memory: MemoryDriver) -> None:
    unset = short(3) + frames.some_bytes(ONE) + frames.some_bytes(TWO) + integer(-2)
    answer = client.query("INSERT INTO ks.t (p, c, v) VALUES (?, ?, ?)", VALUES, unset)
    if client.version == 3:
        assert error_of(answer) == (0x000A, "Invalid ByteBuf length -2")
    else:
        assert answer.body == integer(1)


def test_the_columns_can_be_left_away(client: Client, memory: MemoryDriver) -> None:
    memory.run("INSERT INTO ks.t (p, c) VALUES (1, 2)")
    select = client.prepare("SELECT p FROM ks.t")
    assert rows_of(client.execute(select, SKIP)) == integer(1) + integer(4) + ONE
    assert b"ks" in client.execute(select).body


def test_a_condition_always_comes_with_its_columns(client: Client) -> None:
    insert = client.prepare("INSERT INTO ks.t (p, c) VALUES (1, 2) IF NOT EXISTS")
    assert b"[applied]" in client.execute(insert, SKIP).body


def test_version_5_is_told_when_the_columns_are_others(memory: MemoryDriver) -> None:
    client = Client(memory, 5)
    select = client.prepare("SELECT p FROM ks.t")
    stale = select[:18] + short_bytes(b"x" * 16)
    body = client.execute(stale, SKIP).body
    assert int.from_bytes(body[4:8], "big") == 0x09
    assert body[12 : 12 + 18] == select[18:]
    assert client.execute(select, SKIP).body == integer(2) + integer(4) + integer(1) + integer(0)


def test_pages(client: Client, memory: MemoryDriver) -> None:
    for number in range(3):
        memory.run(f"INSERT INTO ks.t (p, c) VALUES (1, {number})")
    select = client.prepare("SELECT c FROM ks.t")
    body = client.execute(select, SKIP | SIZE, integer(2)).body
    assert int.from_bytes(body[4:8], "big") == 0x06
    length = int.from_bytes(body[12:16], "big")
    state = body[12 : 16 + length]
    assert rows_of(client.execute(select, SKIP | SIZE | STATE, integer(2) + state)) == integer(1) + integer(4) + TWO


def test_statements_on_a_table_that_changes_are_unknown_afterwards(client: Client) -> None:
    on_t, on_n = client.prepare("SELECT p FROM ks.t"), client.prepare("SELECT p FROM ks.n")
    client.query("ALTER TABLE ks.t ADD more int")
    code, told = error_of(client.execute(on_t))
    assert code == 0x2500
    assert told.startswith(f"Prepared query with ID {on_t[2:18].hex()} not found")
    assert client.execute(on_t).body.endswith(on_t[:18])
    assert client.execute(on_n).opcode == frames.RESULT
    client.query("DROP KEYSPACE ks")
    assert error_of(client.execute(on_n))[0] == 0x2500


def test_a_statement_is_known_to_all_clients_of_an_engine(memory: MemoryDriver) -> None:
    first, second = Client(memory), Client(memory)
    assert second.execute(first.prepare("SELECT p FROM ks.t")).opcode == frames.RESULT


def test_who_registered_hears_of_changes_and_nobody_else(memory: MemoryDriver) -> None:
    one, other, third = Client(memory), Client(memory, 5), Client(memory)
    for client in (one, other):
        assert client.ask(frames.REGISTER, strings(["SCHEMA_CHANGE"])).opcode == frames.READY
    third.query("CREATE TABLE ks.new (p int PRIMARY KEY)")
    third.query("CREATE TABLE IF NOT EXISTS ks.new (p int PRIMARY KEY)")
    told = b"".join(map(string, ("SCHEMA_CHANGE", "CREATED", "TABLE", "ks", "new")))
    assert [(event.version, event.stream, event.opcode, event.body) for event in one.events] == [
        (4, -1, frames.EVENT, told)
    ]
    assert [event.version for event in other.events] == [5]
    assert third.events == []
    one.exchange.close()
    memory.run("DROP TABLE ks.new")
    assert (len(one.events), len(other.events)) == (1, 2)


def test_use_counts_for_its_connection_alone(memory: MemoryDriver) -> None:
    one, other = Client(memory), Client(memory)
    assert one.query("USE ks").body == integer(3) + string("ks")
    assert one.query("SELECT p FROM t").opcode == frames.RESULT
    assert error_of(other.query("SELECT p FROM t"))[0] == 0x2200


def test_version_5_says_a_keyspace_with_a_request(memory: MemoryDriver) -> None:
    client = Client(memory, 5)
    assert client.query("SELECT p FROM t", KEYSPACE, string("ks")).opcode == frames.RESULT
    assert client.execute(client.prepare("SELECT p FROM t", "ks")).opcode == frames.RESULT
    batch = b"\0" + short(1) + b"\0" + text("INSERT INTO t (p, c) VALUES (1, 2)") + short(0) + short(1)
    assert client.ask(frames.BATCH, batch + integer(KEYSPACE) + string("ks")).body == integer(1)
    assert len(memory.rows("ks.t")) == 1


def test_version_5_says_the_second_of_a_request(memory: MemoryDriver) -> None:
    client = Client(memory, 5)
    client.query("INSERT INTO ks.t (p, c, v) VALUES (1, 2, 'x') USING TTL 10", NOW, integer(1000))
    select = client.prepare("SELECT ttl(v) FROM ks.t")
    for second, left in ((1000, 10), (1009, 1)):
        assert rows_of(client.execute(select, SKIP | NOW, integer(second))) == ONE + integer(4) + integer(left)
    assert rows_of(client.execute(select, SKIP | NOW, integer(1010))) == integer(0)


def test_the_time_of_a_request_holds_for_what_it_writes(client: Client, memory: MemoryDriver) -> None:
    select = client.prepare("SELECT writetime(v) FROM ks.t")
    client.query("INSERT INTO ks.t (p, c, v) VALUES (1, 2, 'x')", TIMESTAMP, long(77))
    assert rows_of(client.execute(select, SKIP)) == ONE + integer(8) + long(77)
    client.query("INSERT INTO ks.t (p, c, v) VALUES (1, 2, 'x') USING TIMESTAMP 78", TIMESTAMP, long(99))
    assert rows_of(client.execute(select, SKIP)) == ONE + integer(8) + long(78)
    batch = b"\0" + short(1) + b"\0" + text("UPDATE ks.t SET v = 'y' WHERE p = 1 AND c = 2") + short(0)
    client.ask(frames.BATCH, batch + client.parameters(TIMESTAMP, long(80)))
    assert rows_of(client.execute(select, SKIP)) == ONE + integer(8) + long(80)


def test_the_clock_goes_on_behind_the_time_of_a_request(client: Client, memory: MemoryDriver) -> None:
    ahead = memory.clock.micros() + 3_600_000_000
    client.query("INSERT INTO ks.t (p, c) VALUES (1, 2)", TIMESTAMP, long(ahead))
    assert ahead < memory.clock.micros() < ahead + 3_600_000_000
    mistaken = ahead + 48 * 3_600_000_000
    client.query("INSERT INTO ks.t (p, c) VALUES (1, 2)", TIMESTAMP, long(mistaken))
    client.query(f"INSERT INTO ks.t (p, c) VALUES (1, 2) USING TIMESTAMP {mistaken}")
    assert memory.clock.micros() < mistaken


def test_an_unknown_statement_of_a_batch_is_told_as_one(client: Client) -> None:
    batch = b"\0" + short(1) + b"\1" + short_bytes(b"nosuch") + short(0) + client.parameters()
    answer = client.ask(frames.BATCH, batch)
    assert error_of(answer)[0] == 0x2500
    assert answer.body.endswith(short_bytes(b"nosuch"))


@pytest.mark.parametrize(
    "cql", ["TRACED", "CREATE TRIGGER x ON ks.t USING 'y'", "INSERT INTO system.local (key) VALUES ('x')"]
)
def test_a_refusal_begins_with_its_name(client: Client, cql: str) -> None:
    flags = frames.TRACED if cql == "TRACED" else 0
    code, told = error_of(client.ask(frames.QUERY, text(cql) + client.parameters(), flags))
    assert code == 0
    assert told.startswith("NotSupportedByMemoryDriver: MemoryDriver does not support ")


def test_a_statement_that_is_too_long_is_refused(client: Client) -> None:
    code, told = error_of(client.query("SELECT" + " " * (1 << 20)))
    assert (code, told[:27]) == (0, "NotSupportedByMemoryDriver:")


def test_a_fault_of_the_engine_shows_where_it_happened(
    client: Client, memory: MemoryDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.engine, "prepare", lambda *_: 1 // 0)
    code, told = error_of(client.query("SELECT p FROM ks.t"))
    assert code == 0
    assert "ZeroDivisionError" in told
    assert "Traceback" in told


def test_a_payload_is_passed_over(client: Client) -> None:
    payload = short(1) + string("key") + frames.some_bytes(b"value")
    body = payload + text("SELECT p FROM ks.t") + client.parameters()
    assert client.ask(frames.QUERY, body, frames.WITH_PAYLOAD).opcode == frames.RESULT


def test_warnings_come_with_version_4(client: Client) -> None:
    answer = client.query("SELECT count(*) FROM ks.t")
    assert answer.flags == (frames.WITH_WARNINGS if client.version > 3 else 0)
    assert (b"Aggregation query used without partition key" in answer.body) == (client.version > 3)


@pytest.mark.parametrize("length", [-1, frames.MOST_BYTES + 1, (1 << 31) - 1])
def test_a_frame_that_is_too_long_ends_the_connection(memory: MemoryDriver, length: int) -> None:
    client = Client(memory)
    (answer,) = client.send(frames.HEADER.pack(4, 0, 3, frames.QUERY, length))
    assert error_of(answer)[0] == 0x000A
    assert (answer.stream, client.exchange.is_over) == (3, True)


def test_before_startup_frames_are_short(memory: MemoryDriver) -> None:
    exchange = Exchange(memory.server, lambda event: None)
    (answer,) = exchange.answers(frames.HEADER.pack(4, 0, 3, frames.STARTUP, 1 << 17))
    assert error_of(answer)[0] == 0x000A


def test_random_and_mutated_frames_are_answered_or_end_their_connection(memory: MemoryDriver) -> None:
    random = Random(11)
    client = Client(memory)
    for _ in range(FRAMES):
        for answer in client.exchange.answers(mutated(random)):
            assert b"Traceback" not in answer.body, answer.body.decode()
            assert answer.opcode in frames.RESPONSES
        if client.exchange.is_over or client.exchange.stream.waiting > 1000:
            client.exchange.close()
            client = Client(memory, random.choice([3, 4]))
