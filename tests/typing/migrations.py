"""Migrations as a type checker sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typing_extensions import assert_type

from coodie import Migrations, sync
from coodie.migrations import (
    Condition,
    Done,
    Entry,
    Event,
    FileStatement,
    Happening,
    Holder,
    Kind,
    Migration,
    Operations,
    Plan,
    Report,
    State,
    Status,
    Step,
    load,
)
from coodie.schema import Schema


def listen(event: Event) -> None:
    assert_type(event.happening, Happening)
    assert_type(event.holder, Holder | None)


migrations = sync.Migrations(Path("migrations"), connection="default", keyspace="shop")
assert_type(migrations.keyspace, str)
assert_type(migrations.files(), tuple[Migration, ...])
assert_type(migrations.plan("0007"), Plan)
assert_type(migrations.plan().steps, tuple[Step, ...])
assert_type(migrations.up(wait=30, timeout=600, create_keyspace=True, progress=listen), Report)
assert_type(migrations.down(-1).done, tuple[Done, ...])
assert_type(migrations.status(), tuple[Status, ...])
assert_type(migrations.status()[0].condition, Condition)
assert_type(migrations.history(), tuple[Entry, ...])
assert_type(migrations.history()[0].state, State)
assert_type(load("migrations")[0].up, tuple[FileStatement, ...])
assert_type(load("migrations")[0].kind, Kind)


async def asynchronously() -> None:
    migrations = Migrations("migrations", models=[])
    assert_type(await migrations.plan(), Plan)
    assert_type(await migrations.up("0007", out_of_order=True, resume_at=2), Report)
    assert_type(await migrations.down("0007"), Report)
    assert_type(await migrations.status(), tuple[Status, ...])


async def up(m: Operations) -> None:
    assert_type(await m.execute("SELECT id FROM users WHERE id = ?", [1]), list[dict[str, Any]])
    assert_type(await m.schema(), Schema)
    async with m.step("copy") as todo:
        assert_type(todo, bool)
