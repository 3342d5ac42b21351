"""The tables of the machine, and the few values that it writes: few, so that it writes the same again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from coodie.cql.types import CqlType
from coodie.cql.values import Duration

TYPES: Final = ("CREATE TYPE u (a int, b text, l frozen<list<int>>)", "CREATE TYPE w (f0 int, f1 text)")

TABLES: Final = {
    "plain": "CREATE TABLE plain (p int, c int, s int static, v int, x text, PRIMARY KEY (p, c))",
    "single": "CREATE TABLE single (p int PRIMARY KEY, v int, x text, b blob)",
    "mixed": (
        "CREATE TABLE mixed (p int, q text, c text, d int, e int, s text static, v int, w bigint, "
        "PRIMARY KEY ((p, q), c, d, e)) WITH CLUSTERING ORDER BY (c DESC, d ASC, e DESC)"
    ),
    "parts": (
        "CREATE TABLE parts (p int, c int, s set<int> static, l list<int>, m map<text, int>, t set<text>, ud u, "
        "fl frozen<list<int>>, fm frozen<map<int, text>>, fu frozen<u>, tp tuple<int, text>, PRIMARY KEY (p, c))"
    ),
    "counts": "CREATE TABLE counts (p int, c int, s counter static, n counter, k counter, PRIMARY KEY (p, c))",
    "living": (
        "CREATE TABLE living (p int, c int, s int static, v int, l list<int>, PRIMARY KEY (p, c)) "
        "WITH default_time_to_live = 3 AND CLUSTERING ORDER BY (c DESC)"
    ),
    "natives": (
        "CREATE TABLE natives (p int, c timeuuid, ascii ascii, bigint bigint, boolean boolean, date date, "
        "decimal decimal, double double, duration duration, float float, inet inet, smallint smallint, time time, "
        "timestamp timestamp, tinyint tinyint, uuid uuid, varint varint, vec vector<float, 2>, PRIMARY KEY (p, c))"
    ),
    "odd": (
        "CREATE TABLE odd (p int, c decimal, d frozen<set<int>>, e frozen<tuple<int, text>>, v int, "
        "PRIMARY KEY (p, c, d, e)) WITH CLUSTERING ORDER BY (c ASC, d DESC, e ASC)"
    ),
    "indexed": (
        "CREATE TABLE indexed (p int, c int, s int static, v int, x text, m map<text, int>, l list<int>, "
        "PRIMARY KEY (p, c))"
    ),
    "sai": (
        "CREATE TABLE sai (p int, c int, s int static, v int, x text, w bigint, m map<text, int>, l list<int>, "
        "PRIMARY KEY (p, c))"
    ),
    "sought": (
        "CREATE TABLE sought (p int, q text, c int, d text, s int static, v int, PRIMARY KEY ((p, q), c, d)) "
        "WITH CLUSTERING ORDER BY (c DESC, d ASC)"
    ),
    "pairs": "CREATE TABLE pairs (p int, q text, v int, x text, PRIMARY KEY ((p, q)))",
}
ALTERED: Final = "altered"
"""The table that is altered while there is data."""
SCANNED: Final = {
    f"all_{name}": text.replace(f"CREATE TABLE {name} ", f"CREATE TABLE all_{name} ") for name, text in TABLES.items()
} | {
    ALTERED: (
        "CREATE TABLE altered (p int, c int, s int static, t set<int> static, v int, x text, l list<int>, "
        "m map<text, int>, ud w, fm frozen<map<int, text>>, PRIMARY KEY (p, c))"
    ),
}
"""Tables that one run alone uses at a time, so that it may read all of it."""
INDEXES: Final = (
    "CREATE INDEX indexed_v ON indexed (v)",
    "CREATE INDEX indexed_m ON indexed (keys(m))",
    "CREATE INDEX indexed_s ON indexed (s)",
    "CREATE INDEX all_v ON all_indexed (v)",
    "CREATE INDEX all_m ON all_indexed (m)",
    "CREATE INDEX all_e ON all_indexed (entries(m))",
    "CREATE INDEX sought_c ON sought (c) USING 'sai'",
    "CREATE INDEX sought_d ON sought (d) USING 'sai'",
    "CREATE INDEX all_q ON all_sought (q)",
    "CREATE INDEX all_c ON all_sought (c)",
    "CREATE INDEX all_d ON all_sought (d)",
    "CREATE INDEX sai_v ON sai (v) USING 'sai'",
    "CREATE INDEX sai_x ON sai (x) USING 'sai'",
    "CREATE INDEX sai_w ON sai (w) USING 'sai'",
    "CREATE INDEX sai_l ON sai (l) USING 'sai'",
    "CREATE INDEX sai_m ON sai (entries(m)) USING 'sai'",
    "CREATE INDEX all_sai_v ON all_sai (v) USING 'sai'",
    "CREATE INDEX all_sai_x ON all_sai (x) USING 'sai'",
    "CREATE INDEX all_sai_s ON all_sai (s) USING 'sai'",
    "CREATE INDEX all_sai_m ON all_sai (keys(m)) USING 'sai'",
)

TIMELESS: Final = frozenset({"sai", "all_sai", "sought", "all_sought"})
"""Tables without a TTL: by a storage-attached index, a server looks at its own clock and not at the second that a
statement says; by one on a clustering column, it finds no row any more whose TTL at its INSERT is over.
"""

_TIMEUUIDS: Final = (
    UUID("00000001-0000-1000-8000-000000000000"),
    UUID("00000002-0000-1000-8000-00000000007f"),
    UUID("00000001-0000-1000-80ff-000000000000"),
)
POOLS: Final[dict[str, tuple[Any, ...]]] = {
    "ascii": ("a", "b", ""),
    "bigint": (0, 1, -1, 2**63 - 1),
    "blob": (b"", b"\x00", b"\xff"),
    "boolean": (True, False),
    "date": (date(1970, 1, 1), date(2030, 2, 3), date(1969, 12, 31)),
    "decimal": (Decimal("1.0"), Decimal("1.00"), Decimal("-1"), Decimal("0")),
    "double": (0.0, -0.0, 1.5, float("inf")),
    "duration": (Duration(1, 0, 0), Duration(0, 1, 0), Duration(0, 0, -5)),
    "float": (0.0, -0.0, 0.5),
    "inet": (ip_address("127.0.0.1"), ip_address("::1")),
    "int": (0, 1, -1, 2),
    "smallint": (0, 1, -1),
    "text": ("a", "b", "", "é"),
    "time": (time(0, 0), time(8, 30, 0, 5)),
    "timestamp": (datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(2030, 1, 1, 12, 0, 0, 5000, tzinfo=timezone.utc)),
    "timeuuid": _TIMEUUIDS,
    "tinyint": (0, 1, -1),
    "uuid": (UUID(int=7), UUID(int=8), *_TIMEUUIDS[:2]),
    "varint": (0, 1, -1, 10**20),
    "counter": (1, -1, 5, 0),
    "vector<float, 2>": ([0.0, 1.0], [1.0, 1.0]),
    "list<int>": ([], [1], [2, 1], [1, 1]),
    "set<int>": (set(), {1}, {2, 1}),
    "set<text>": (set(), {"a"}, {"b", "a"}),
    "map<text, int>": ({}, {"a": 1}, {"b": 2, "a": 1}),
    "map<int, text>": ({}, {1: "a"}, {2: "b", -1: "a"}),
    "w": ({"f0": 1}, {"f0": 2, "f1": "x"}, {"f1": ""}),
    "u": ({"a": 1}, {"a": 2, "b": "x"}, {"b": "", "l": [1]}),
    "tuple<int, text>": ((1, "a"), (1, None), (None, "a"), (2, "")),
}


def pool(cql_type: CqlType) -> tuple[Any, ...]:
    """The values of a type that the machine writes."""
    name = str(cql_type)
    return POOLS[name.removeprefix("frozen<").removesuffix(">") if name.startswith("frozen<") else name]


@dataclass(frozen=True)
class Keys:
    """The partitions of one run, which no other run uses."""

    base: int

    def of(self, only: int | None = None) -> tuple[int, ...]:
        """The values of the column p; ``only``: one of them."""
        found = (self.base, self.base + 1, self.base + 2)
        return found if only is None else (found[only],)
