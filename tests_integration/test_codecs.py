"""What the server makes of bytes: the order of its keys, their tokens, and which bytes it refuses, with which words.

COODIE_CODEC_KEYS says how many keys of either kind are written, and how many values that may be wrong are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from random import Random
from typing import Any

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, NoHostAvailable, Session
from cassandra.concurrent import execute_concurrent
from cassandra.cqltypes import BytesType
from cassandra.protocol import ProtocolHandler, ResultMessage
from cassandra.query import BoundStatement, tuple_factory
from random_values import KEYS, cql_type, how_many, value

from coodie.cql.codecs.codec import INVALID, SERVER_ERROR, InvalidBytes
from coodie.cql.encode import encoder_of
from coodie.cql.frames import NULL, fixed_size, pack_length
from coodie.cql.murmur3 import partition_key, token
from coodie.cql.order import sort_key
from coodie.cql.types import NATIVE, CqlType, List, Map, Native, Set, Tuple, Udt, Vector, freeze
from coodie.cql.validate import validator_of
from coodie.cql.vints import pack_uvint

AMOUNT = how_many("COODIE_CODEC_KEYS", 600)
DRAWN = [freeze(cql_type(Random(seed), 2, KEYS)) for seed in range(100)]
NESTED = [kind for kind in DRAWN if not isinstance(kind, Native)][: 6 if AMOUNT < 6000 else 12]
TYPES = [*map(NATIVE.__getitem__, KEYS), *NESTED]
EACH = AMOUNT // len(TYPES) + 1


class RawResult(ProtocolHandler.message_types_by_opcode[ResultMessage.opcode]):  # type: ignore[misc]
    """Results whose cells are bytes, as they came."""

    def recv_results_metadata(self, f: Any, user_type_map: Any) -> None:
        super().recv_results_metadata(f, user_type_map)
        if self.column_metadata:
            self.column_metadata = [(*names, BytesType) for *names, _ in self.column_metadata]


class _RawHandler(ProtocolHandler):  # type: ignore[misc]
    message_types_by_opcode = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: RawResult}


@pytest.fixture(scope="module")
def raw(session: Session, keyspace: str) -> Iterator[Session]:
    """A session of its own, that reads bytes."""
    own = session.cluster.connect(keyspace)
    own.client_protocol_handler = _RawHandler
    profile = own.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)
    own.cluster.add_execution_profile("tuples", profile)
    yield own
    own.shutdown()


@pytest.fixture(scope="module")
def new_table(raw: Session) -> Callable[[str, CqlType], str]:
    """A new table; ``{}`` in its columns stands for the type, which is made first where users make it."""
    names = (f"t{number}" for number in count())
    made: set[str] = set()

    def make_types(kind: CqlType) -> None:
        for part in parts(kind):
            make_types(part)
        if isinstance(kind, Udt) and kind.name not in made:
            made.add(kind.name)
            raw.execute(f"CREATE TYPE {kind.name} ({', '.join(f'{name} {part}' for name, part in kind.fields)})")

    def make(columns: str, kind: CqlType) -> str:
        make_types(kind)
        name = next(names)
        raw.execute(f"CREATE TABLE {name} ({columns.format(kind)})")
        return name

    return make


@pytest.fixture(scope="module")
def table(new_table: Callable[[str, CqlType], str]) -> Callable[[CqlType], str]:
    """The table of a type, which is that of both its keys and of a value."""
    return cache(lambda kind: new_table("k {0}, c {0}, v {0}, PRIMARY KEY (k, c)", kind))


def parts(kind: CqlType) -> list[CqlType]:
    match kind:
        case List(element) | Set(element) | Vector(element):
            return [element]
        case Map(key, item):
            return [key, item]
        case Tuple(elements):
            return list(elements)
        case Udt(_, fields):
            return [part for _, part in fields]
        case _:
            return []


def outcomes(raw: Session, cql: str, rows: list[tuple[bytes, ...]]) -> list[Any]:
    """What comes of each row of bytes: None, or the error."""
    prepared = raw.prepare(cql)

    def bound(row: tuple[bytes, ...]) -> tuple[BoundStatement, tuple[()]]:
        statement = BoundStatement(prepared)
        statement.values = list(row)
        return statement, ()

    found = execute_concurrent(raw, map(bound, rows), concurrency=32, raise_on_first_error=False)
    return [None if success else result for success, result in found]


def ask(raw: Session, cql: str) -> list[tuple[bytes, ...]]:
    return list(raw.execute(cql, execution_profile="tuples"))


def some_bytes(random: Random, kind: CqlType) -> bytes:
    """Bytes that the server takes for a value of the type, those included that no value of Python's is encoded to."""
    match kind:
        case Native():
            return odd_bytes(random, kind) if random.random() < 0.4 else encoder_of(kind)(value(random, kind))
        case List(element):
            return collection([some_bytes(random, element) for _ in range(random.randrange(4))])
        case Set(element):
            return collection(distinct(random, element))
        case Map(key, item):
            pairs = [pair for name in distinct(random, key) for pair in (name, some_bytes(random, item))]
            return pack_length(len(pairs) // 2) + collection(pairs)[4:]
        case Tuple() | Udt():
            cells = [cell(some_bytes(random, part)) if random.random() < 0.8 else NULL for part in parts(kind)]
            return b"".join(cells[: random.randrange(len(cells) + 1)] if random.random() < 0.2 else cells)
        case Vector(element, dimension):
            items = [some_bytes(random, element) for _ in range(dimension)]
            size = fixed_size(element)
            if size is not None:
                return b"".join(item or bytes(size) for item in items)
            return b"".join(pack_uvint(len(item)) + item for item in items)
        case _:
            raise TypeError(kind)


def cell(data: bytes) -> bytes:
    return pack_length(len(data)) + data


def collection(items: list[bytes]) -> bytes:
    return pack_length(len(items)) + b"".join(map(cell, items))


def distinct(random: Random, kind: CqlType) -> list[bytes]:
    """In order: the server puts what is bound for a set into order before it stores it."""
    key = sort_key(kind)
    found = {key(data): data for data in (some_bytes(random, kind) for _ in range(random.randrange(4)))}
    return [found[place] for place in sorted(found)]


def odd_bytes(random: Random, kind: CqlType) -> bytes:
    while True:
        data = random.choice([random.randbytes, bytes])(random.choice([0, 1, 1, 2, 4, 4, 5, 6, 8, 8, 16, 16]))
        if kind == NATIVE["timeuuid"] and len(data) == 16:
            data = data[:6] + bytes((data[6] & 0xF | 0x10,)) + data[7:]
        # The server takes a decimal without digits, and then cannot compare it.
        digitless = kind == NATIVE["decimal"] and len(data) == 4
        if not (digitless or refused(kind, data)):
            return data


def refused(kind: CqlType, data: bytes) -> InvalidBytes | None:
    try:
        validator_of(kind)(data)
    except InvalidBytes as error:
        return error
    return None


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_keys_stand_in_the_server_s_order(raw: Session, table: Callable[[CqlType], str], kind: CqlType) -> None:
    random, key, name = Random(str(kind)), sort_key(kind), table(kind)
    partition = key_bytes(random, kind)
    given = [some_bytes(random, kind) for _ in range(EACH)]
    written = outcomes(raw, f"INSERT INTO {name} (k, c) VALUES (?, ?)", [(partition, data) for data in given])
    assert set(written) == {None}

    rows = ask(raw, f"SELECT k, c FROM {name}")
    found = [key(clustering) for row, clustering in rows if row == partition]
    assert found == sorted(found)
    # Other tests write to the table too, and to this partition perhaps.
    assert {key(data) for data in given} <= set(found)


def key_bytes(random: Random, kind: CqlType) -> bytes:
    """For a partition key, which is never empty."""
    return some_bytes(random, kind) or key_bytes(random, kind)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_partitions_have_the_server_s_tokens(raw: Session, table: Callable[[CqlType], str], kind: CqlType) -> None:
    random, name = Random(f"{kind} "), table(kind)
    keys = {key_bytes(random, kind) for _ in range(EACH)}
    clustering = some_bytes(random, kind)
    written = outcomes(raw, f"INSERT INTO {name} (k, c) VALUES (?, ?)", [(data, clustering) for data in keys])
    assert set(written) == {None}

    found = ask(raw, f"SELECT DISTINCT token(k), k FROM {name}")
    assert {data for _, data in found} >= keys
    assert [place for place, _ in found] == [packed(token(data)) for _, data in found]
    assert [place for place, _ in found] == sorted((place for place, _ in found), key=sort_key(NATIVE["bigint"]))


packed = encoder_of(NATIVE["bigint"])


@pytest.mark.parametrize("kind", [NATIVE["text"], NESTED[0]], ids=str)
def test_keys_of_several_columns_have_the_server_s_tokens(
    raw: Session, new_table: Callable[[str, CqlType], str], kind: CqlType
) -> None:
    random, name = Random(0), new_table("k {0}, n int, m {0}, PRIMARY KEY ((k, n, m))", kind)
    keys = {(some_bytes(random, kind), random.randbytes(4), some_bytes(random, kind)) for _ in range(EACH)}
    assert set(outcomes(raw, f"INSERT INTO {name} (k, n, m) VALUES (?, ?, ?)", list(keys))) == {None}

    found = ask(raw, f"SELECT token(k, n, m), k, n, m FROM {name}")
    assert {row[1:] for row in found} == keys
    assert [row[0] for row in found] == [packed(token(partition_key(row[1:]))) for row in found]


def test_the_lowest_token_is_the_highest(raw: Session, new_table: Callable[[str, CqlType], str]) -> None:
    key = bytes.fromhex("ee961629b0b5ad1d319e18e83892dbed")
    name = new_table("k {} PRIMARY KEY", NATIVE["blob"])
    assert outcomes(raw, f"INSERT INTO {name} (k) VALUES (?)", [(key,)]) == [None]
    assert ask(raw, f"SELECT token(k) FROM {name}") == [(packed(token(key)),)] == [(packed(2**63 - 1),)]


def mutated(random: Random, data: bytes) -> bytes:
    """The bytes, with something wrong with them as a rule."""
    place = random.randrange(len(data) + 1)
    match random.randrange(5):
        case 0:
            return data[:place]
        case 1:
            return data + random.randbytes(random.randrange(1, 6))
        case 2:
            return data[:place] + random.randbytes(1) + data[place + 1 :]
        case 3:
            return data[:place] + random.choice([b"\xff\xff\xff\xff", bytes(4), b"\xff", b"\x80"]) + data[place:]
        case _:
            return random.randbytes(random.randrange(20))


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_bytes_that_are_no_value_are_refused_in_the_server_s_words(
    raw: Session, table: Callable[[CqlType], str], kind: CqlType
) -> None:
    random, name = Random(str(kind)), table(kind)
    check_refusals(raw, f"INSERT INTO {name} (k, c, v) VALUES (?, ?, ?)", kind, (key_bytes(random, kind),) * 2)


def test_durations_are_refused_in_the_server_s_words(raw: Session, new_table: Callable[[str, CqlType], str]) -> None:
    name = new_table("k int PRIMARY KEY, v {}", NATIVE["duration"])
    check_refusals(raw, f"INSERT INTO {name} (k, v) VALUES (?, ?)", NATIVE["duration"], (bytes(4),))


def check_refusals(raw: Session, cql: str, kind: CqlType, key: tuple[bytes, ...]) -> None:
    random = Random(str(kind))
    given = [mutated(random, some_bytes(random, kind)) for _ in range(EACH)]
    for data, error in zip(given, outcomes(raw, cql, [(*key, data) for data in given]), strict=True):
        ours = refused(kind, data)
        assert (ours and (ours.code, str(ours))) == (error and said(error)), data


def said(error: Exception) -> tuple[int, str]:
    """Code and text of an error of the server."""
    code = INVALID if isinstance(error, InvalidRequest) else SERVER_ERROR
    if isinstance(error, NoHostAvailable):  # what the vendor makes of a server error
        (error,) = error.errors.values()
    return code, str(error).split('message="', 1)[1].rsplit('"', 1)[0]
