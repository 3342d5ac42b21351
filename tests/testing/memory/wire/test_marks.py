"""What clients are told of the marks of a statement, and what becomes of the bytes that they bind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def test_the_table_of_each_mark_of_a_batch(session: Any) -> None:
    for cql, tables in (
        ("BEGIN BATCH USING TIMESTAMP ? APPLY BATCH", ["[batch]"]),
        ("BEGIN BATCH USING TIMESTAMP ? INSERT INTO t (p, c) VALUES (?, 1); APPLY BATCH", ["[batch]", "t"]),
    ):
        assert [each.table_name for each in session.prepare(cql).column_metadata] == tables


def test_collections_are_written_anew(session: Any) -> None:
    """In the usual form of their elements, sets in order; what stands in tuples stays as it was sent."""
    session.execute(
        "CREATE TABLE again (p int PRIMARY KEY, l list<inet>, f frozen<list<frozen<set<int>>>>, m map<varint, boolean>,"
        " d set<decimal>, t tuple<inet>)"
    )
    mapped = bytes(10) + b"\xff\xff\x01\x02\x03\x04"
    sent = {
        "l": many(mapped),
        "f": many(many(b"\0\0\0\x09", b"\0\0\0\x01")),
        "m": b"\0\0\0\x01" + sized(b"\0\0\x07") + sized(b"\x02"),
        "d": many(b"\0\0\0\x01\0\0\x0f"),
        "t": sized(mapped),
    }
    for column, data in sent.items():
        bound = session.prepare(f"UPDATE again SET {column} = ? WHERE p = 1").bind([None])
        bound.values[0] = data
        session.execute(bound)
    row = session.execute("SELECT * FROM again").one()
    assert (row.l, row.t) == (["1.2.3.4"], ("::ffff:1.2.3.4",))
    assert [list(each) for each in row.f] == [[1, 9]]
    assert (dict(row.m), list(row.d)) == ({7: True}, [Decimal("1.5")])


def many(*parts: bytes) -> bytes:
    return len(parts).to_bytes(4, "big") + b"".join(map(sized, parts))


def sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
