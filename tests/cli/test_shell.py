"""`coodie shell`: a prompt with models, a connection, and `await` at the top level."""

import io

import pytest

AIO = """
from typing import Annotated

from coodie.aio import Document
from coodie.fields import PrimaryKey


class Note(Document):
    id: Annotated[int, PrimaryKey()]
    text: str | None = None

    class Settings:
        name = "notes"
"""


@pytest.fixture
def typed(monkeypatch):
    """Types these lines at the prompt."""
    return lambda *lines: monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_models_of_both_doors_are_there_and_await_works(applied, typed):
    applied.write({"app/notes.py": AIO})
    assert applied("schema", "sync", "--models", "app").status == 0
    typed(
        "import uuid",
        "User(id=uuid.UUID(int=1), name='a').save()",
        "await Note(id=1, text='b').save()",
        "found = await Note.find(id=1).all()",
        "print([each.text for each in found], User.find().warn(False).count())",
        "for each in found:",
        "    print(each.id + 41)",
        "",
        "execute_raw('SELECT name FROM shop.users')",
    )
    ended = applied("shell", "--plain", "--models", "app")
    assert ended.status == 0
    assert "['b'] 1\n" in ended.out
    assert "42\n" in ended.out
    assert "[{'name': 'a'}]" in ended.out
    assert "2 models, keyspace shop: execute_raw, User, Note" in ended.out + ended.err


def test_an_error_is_shown_and_the_prompt_goes_on(applied, typed):
    typed("1 / 0", "await missing", "print(40 + 2)")
    ended = applied("shell", "--plain")
    assert ended.status == 0
    assert "ZeroDivisionError" in ended.err
    assert "NameError" in ended.err
    assert "42\n" in ended.out


def test_what_was_written_is_kept_at_the_end(applied, typed):
    typed("import uuid", "User(id=uuid.UUID(int=1), name='kept').save()", "exit()")
    ended = applied("shell", "--plain")
    assert (ended.status, "Traceback" in ended.err) == (0, False), ended.err
    assert "kept" in applied("query", "SELECT name FROM users").out
