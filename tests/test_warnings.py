"""Whose line a warning is about: the nearest one outside coodie, in whatever folder it is."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path
from typing import Annotated, Any

import pytest

import coodie
from coodie import aio, sync
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver
from coodie.testing.awaits import missing_awaits
from coodie.warnings import WholeTableWarning

PACKAGE = Path(coodie.__file__).parent
BESIDE = [
    PACKAGE.with_name("coodie_app") / "main.py",
    PACKAGE.with_name("coodie.py"),
    PACKAGE.with_name("app") / "coodie" / "main.py",
]


class Note(sync.Document):
    id: Annotated[int, PrimaryKey()]


def run(path: Path, source: str, scope: dict[str, Any]) -> None:
    exec(compile(source, str(path), "exec"), scope)


@pytest.mark.parametrize("path", BESIDE, ids=str)
def test_a_folder_whose_name_begins_like_coodies_is_the_users(path: Path) -> None:
    with RecordingDriver(strict=False), pytest.warns(WholeTableWarning) as found:
        run(path, "\n\nNote.find().all()", {"Note": Note})
    assert [(each.filename, each.lineno) for each in found] == [(str(path), 3)]


@pytest.mark.parametrize("path", BESIDE, ids=str)
def test_a_coroutine_of_such_a_folder_is_no_missing_await_of_coodies(path: Path) -> None:
    scope = {"find": aio.find, "Note": Note}
    with missing_awaits() as missing, warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        run(path, "async def mine(): pass\nmine()\nfind(Note).all()", scope)
        gc.collect()
    assert [str(each.message).partition("\n")[0] for each in found] == ["coroutine 'mine' was never awaited"]
    assert [f"{path}:3" in str(each) for each in missing] == [True]
