"""Random folders of migrations, every statement of which a server takes after those before it, and can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

COUNTED = "UPDATE {} SET n = n {} 1 WHERE id = 1"
PYTHON = """
async def up(m):
{up}


async def down(m):
{down}
"""


@dataclass(frozen=True)
class Made:
    """A statement with the one that undoes it, and the table whose counter it increments, if it does."""

    up: str
    down: str
    counter: str | None = None


@dataclass(frozen=True)
class File:
    """A migration: what it makes, and at ``broken`` a statement that a server refuses, until somebody corrects it."""

    name: str
    made: tuple[Made, ...]
    broken: int | None = None
    wrong: str = ""

    def text(self, *, correct: bool) -> str:
        """The file as it stands in the folder."""
        ups, downs = [each.up for each in self.made], [each.down for each in reversed(self.made)]
        if self.name.endswith(".py"):
            return PYTHON.format(up=_steps(ups), down=_steps(downs))
        if self.broken is not None and not correct:
            ups.insert(self.broken, self.wrong)
        down = "" if self.name.startswith("R__") else "-- down\n" + ";\n".join(downs)
        return "-- up\n" + ";\n".join(ups) + ";\n" + down


def _steps(statements: list[str]) -> str:
    step = "    async with m.step('{}'):\n        await m.execute({!r})"
    return "\n".join(step.format(number, text) for number, text in enumerate(statements))


@dataclass
class _Server:
    """What the statements so far have made: the columns of each table and its comment, and who has counters."""

    columns: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    comments: dict[str, str] = field(default_factory=dict[str, str])
    indexed: set[str] = field(default_factory=set[str])
    counters: list[str] = field(default_factory=list[str])
    count: int = 0


@dataclass(frozen=True)
class Folder:
    """Files, of which ``repeatable`` has two versions."""

    files: tuple[File, ...]
    repeatable: tuple[File, File] | None = None

    def write(self, path: Path, *, correct: bool) -> None:
        """Write all, as they were at first or as they are in the end."""
        last = () if self.repeatable is None else (self.repeatable[correct],)
        for each in (*self.files, *last):
            (path / each.name).write_text(each.text(correct=correct))


@st.composite
def folders(draw: st.DrawFn, *, repeatable: bool) -> Folder:
    """A folder; with a repeatable file it must not be undone, since what that one wrote is gone then."""
    server = _Server({"t0": []}, counters=["n0"])
    first = ("t0 (id int PRIMARY KEY, v int)", "t0"), ("n0 (id int PRIMARY KEY, n counter)", "n0")
    files = [File("0_x.cql", tuple(Made(f"CREATE TABLE {what}", f"DROP TABLE {name}") for what, name in first))]
    for number in range(1, draw(st.integers(1, 2)) + 1):
        python = draw(st.sampled_from([False, False, True]))
        made = tuple(_made(draw, server, repeats=python) for _ in range(draw(st.integers(1, 4))))
        broken = None if python else draw(st.sampled_from([None, *range(len(made) + 1)]))
        wrong = draw(st.sampled_from(_wrong(server)))
        files.append(File(f"{number}_x.{'py' if python else 'cql'}", made, broken, wrong))
    seeds = None
    if repeatable:
        rows = "INSERT INTO t0 (id, v) VALUES (-1, {})", "INSERT INTO t0 (id, v) VALUES (-2, {})"
        versions = [tuple(Made(each.format(of), "") for each in rows[: of + 1]) for of in (0, 1)]
        seeds = (File("R__seeds.cql", versions[0]), File("R__seeds.cql", versions[1]))
    return Folder(tuple(files), seeds)


def _wrong(server: _Server) -> list[str]:
    """Statements that are refused: what they are about is not there, or is there already, or is of another type."""
    table = sorted(server.columns)[-1]
    return [
        "ALTER TABLE missing ADD a int",
        f"ALTER TABLE {table} ADD id int",
        f"INSERT INTO {table} (id, v) VALUES ('x', 1)",
    ]


def _made(draw: st.DrawFn, server: _Server, *, repeats: bool) -> Made:
    server.count += 1
    count = server.count
    absent, there = ("IF NOT EXISTS ", "IF EXISTS ") if repeats or draw(st.booleans()) else ("", "")
    tables = sorted(server.columns)
    kinds = ["table", "type", "add", "drop", "index", "insert", "comment"]
    if not repeats:
        kinds += ["counter", "count", "count", "count"]
    kind = draw(st.sampled_from(kinds))
    if kind == "table":
        server.columns[f"t{count}"] = []
        return Made(f"CREATE TABLE {absent}t{count} (id int PRIMARY KEY, v int)", f"DROP TABLE {there}t{count}")
    if kind == "type":
        return Made(f"CREATE TYPE {absent}u{count} (x int)", f"DROP TYPE {there}u{count}")
    if kind == "counter":
        server.counters.append(f"n{count}")
        return Made(f"CREATE TABLE {absent}n{count} (id int PRIMARY KEY, n counter)", f"DROP TABLE {there}n{count}")
    if kind == "count":
        table = draw(st.sampled_from(server.counters))
        return Made(COUNTED.format(table, "+"), COUNTED.format(table, "-"), table)
    return _altered(draw, server, draw(st.sampled_from(tables)), kind, absent, there)


def _altered(draw: st.DrawFn, server: _Server, table: str, kind: str, absent: str, there: str) -> Made:
    count, columns = server.count, server.columns[table]
    if kind == "drop" and columns:
        name = columns.pop()
        return Made(f"ALTER TABLE {table} DROP {there}{name}", f"ALTER TABLE {table} ADD {absent}{name} int")
    if kind in ("add", "drop"):
        columns.append(f"c{count}")
        return Made(f"ALTER TABLE {table} ADD {absent}c{count} int", f"ALTER TABLE {table} DROP {there}c{count}")
    if kind == "index" and table not in server.indexed:
        server.indexed.add(table)
        return Made(f"CREATE INDEX {absent}i{count} ON {table} (v)", f"DROP INDEX {there}i{count}")
    if kind == "comment":
        before = server.comments.get(table, "")
        server.comments[table] = f"c{count}"
        return Made(f"ALTER TABLE {table} WITH comment = 'c{count}'", f"ALTER TABLE {table} WITH comment = '{before}'")
    return Made(f"INSERT INTO {table} (id, v) VALUES ({count}, {count})", f"DELETE FROM {table} WHERE id = {count}")
