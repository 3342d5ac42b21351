"""Migrations as a type checker sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typing_extensions import assert_type

from coodie import Migrations
from coodie.migrations import (
    Check,
    Condition,
    Done,
    Draft,
    Entry,
    Event,
    FileStatement,
    Finding,
    Happening,
    Holder,
    Kind,
    Migration,
    Operations,
    Plan,
    Report,
    Severity,
    State,
    Status,
    Step,
    load,
)
from coodie.schema import Schema
from coodie.sync import Migrations as SyncMigrations


def listen(event: Event) -> None:
    assert_type(event.happening, Happening)
    assert_type(event.holder, Holder | None)


migrations = SyncMigrations(Path("migrations"), connection="default", keyspace="shop")
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
assert_type(migrations.check(datacenters=["dc1"], fail_on="hint"), Check)
assert_type(migrations.lint(), tuple[Finding, ...])
assert_type(migrations.lint()[0].severity, Severity)
assert_type(migrations.draft("words", auto=True), Draft)
assert_type(migrations.new("words"), Path)
assert_type(migrations.baseline("0007", compare=False), Report)
assert_type(migrations.redo(), Report)
migrations.repair("0007")
assert_type(migrations.unlock(migrations.lock()), Holder | None)
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
    assert_type(await m.backfill("users", lambda row: {"a": row["b"]}, columns=["b"], rate=100.0), int)
