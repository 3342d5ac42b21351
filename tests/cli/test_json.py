"""`--json`: the document of each command has the keys that the docs say, and no others."""

from typing import Literal

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict

from coodie.sync import close, execute_raw, init_coodie


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Migration(Document):
    keyspace: str
    revision: str
    description: str
    kind: Literal["up", "baseline", "repeatable"]
    state: Literal["applied", "pending", "failed", "changed", "missing", "running"]


class Planned(Migration):
    direction: Literal["up", "down"]
    statements: list[str]


class Run(Migration):
    direction: Literal["up", "down"]
    seconds: float


class Recorded(Migration):
    applied_at: AwareDatetime | None
    applied_by: str | None
    seconds: float
    done: int
    total: int
    error: str | None


class Shown(Recorded):
    file: str | None
    script: str


class New(Document):
    revision: str
    description: str
    kind: Literal["up"]
    state: Literal["pending"]
    file: str
    script: str


class Finding(Document):
    code: str
    severity: Literal["hint", "warning", "error"]
    file: str
    line: int
    column: int
    why: str
    how: str
    url: str


class Change(Document):
    statement: str | None
    danger: str
    why: str
    about: str
    name: str


class Lock(Document):
    keyspace: str
    owner: str | None
    since: AwareDatetime | None
    removed: bool


class Sent(Document):
    statement: str
    state: Literal["applied", "pending"]


class Statuses(Document):
    migrations: list[Migration]


class Plans(Document):
    migrations: list[Planned]


class Runs(Document):
    migrations: list[Run]


class History(Document):
    migrations: list[Recorded]


class Show(Document):
    migrations: list[Shown]


class Drafts(Document):
    migrations: list[New]
    changes: list[Change]


class Findings(Document):
    findings: list[Finding]


class Checked(Findings):
    not_undone: list[str]
    changes: list[Change]


class Changes(Document):
    changes: list[Change]


class Locks(Document):
    locks: list[Lock]


class Statements(Document):
    statements: list[Sent]


class Dump(Document):
    keyspace: str
    statements: list[str]


class Source(Document):
    keyspace: str
    source: str


class Diagram(Document):
    keyspace: str
    format: Literal["mermaid", "dot", "html"]
    diagram: str


class Object(Document):
    kind: Literal["table", "view", "type"]
    name: str
    columns: int
    key: str


class Objects(Document):
    keyspace: str
    objects: list[Object]


class Column(Document):
    column: str
    type: str
    kind: str


class Columns(Document):
    name: str
    columns: list[Column]
    indexes: list[str]
    key: str


class Rows(Document):
    rows: list[dict[str, str | int | float | bool | None]]


class Failed(Document):
    error: str


LATER = "-- up\nCREATE TABLE more (id int PRIMARY KEY);\nDROP TABLE more;\n"


@pytest.mark.parametrize(
    ("command", "document", "status"),
    [
        ("migrate up --dry-run", Failed, 1),
        ("migrate up 0002 --dry-run", Plans, 0),
        ("migrate up --fail-on error", Failed, 1),
        ("migrate down", Runs, 0),
        ("migrate down --dry-run", Plans, 0),
        ("migrate redo", Runs, 0),
        ("migrate redo --dry-run", Plans, 0),
        ("migrate status", Statuses, 1),
        ("migrate history", History, 0),
        ("migrate show 0002", Show, 0),
        ("migrate show 0009", Failed, 1),
        ("migrate check", Checked, 1),
        ("migrate lint", Findings, 1),
        ("migrate new words", Drafts, 0),
        ("migrate new words --dry-run", Drafts, 0),
        ("migrate new --auto words", Drafts, 0),
        ("migrate baseline 0002", Failed, 1),
        ("migrate repair 0001 --yes", Failed, 1),
        ("migrate unlock --yes", Locks, 0),
        ("schema show", Objects, 0),
        ("schema show users", Columns, 0),
        ("schema diff", Changes, 1),
        ("schema verify", Changes, 1),
        ("schema sync", Statements, 0),
        ("schema sync --dry-run", Statements, 0),
        ("schema dump", Dump, 0),
        ("schema models", Source, 0),
        ("schema diagram", Diagram, 0),
        ("query SELECT*FROM|users", Rows, 0),
        ("query SELECT*FROM|nothing", Failed, 1),
    ],
)
def test_a_document_has_the_keys_that_the_docs_say_and_no_others(applied, command, document, status):
    init_coodie("memory:dev.cql")
    execute_raw("INSERT INTO shop.users (id, name) VALUES (uuid(), 'Ann')")
    close()
    more = applied.read("app/models.py").replace("    email:", "    age: int | None = None\n    email:")
    applied.write({"app/models.py": more})
    if "--auto" not in command:
        applied.write({"migrations/0003_later.cql": LATER})
    ended = applied(*(each.replace("|", " ") for each in command.split()), "--json")
    assert ended.status == status, ended
    document.model_validate_json(ended.out)
