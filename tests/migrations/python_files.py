"""Migrations in Python, the same for both doors."""

PYTHON = '''"""Copies notes."""

log = []


async def up(m):
    async with m.step("table") as todo:
        await m.execute("CREATE TABLE copies (id int PRIMARY KEY, note text)")
        log.append(todo)
    async with m.step("copy"):
        for row in await m.execute("SELECT id, note FROM users"):
            await m.execute("INSERT INTO copies (id, note) VALUES (?, ?)", [row["id"], row["note"]])
    if not (await m.execute("SELECT id FROM copies WHERE id = ?", [9])):
        raise ValueError("row 9 is not there")
    assert "copies" in {table.name for table in (await m.schema()).tables}
    assert m.keyspace == "shop"
    assert set(m.progress) == {"step table", "step copy"}


async def down(m):
    await m.execute("DROP TABLE copies")
'''

BACKFILL = """
async def up(m):
    await m.execute("ALTER TABLE users ADD IF NOT EXISTS email text")
    changed = await m.backfill("users", email, columns=["note", "email"], concurrency=4, rate=100000)
    await m.execute("INSERT INTO users (id, note) VALUES (?, ?)", [-1, str(changed)])


def email(row):
    if row["note"] == "bad":
        raise ValueError("bad")
    return None if row["note"] is None else {"email": row["note"] + "@x"}
"""

MODEL_BACKFILL = """
from typing import Annotated
from coodie import Document, PrimaryKey


class User(Document):
    id: Annotated[int, PrimaryKey()]
    note: str | None = None

    class Settings:
        name = "users"


async def up(m):
    await m.backfill(User, lambda user: {"note": user.note.upper()} if user.note else None)
"""
