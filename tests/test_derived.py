from pathlib import Path

import derive
import pytest

import coodie

SOURCE = '''"""The async door. Use an async context: `async with AsyncBatchQuery() as batch`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coodie.aio._run import run
from coodie.drivers import AsyncDriver


class AsyncBatchQuery:
    """Example:

    .. code-block:: python

        async for user in User.find():
            await user.save()
    """

    async def __aenter__(self) -> "AsyncBatchQuery":
        return self

    async def rows(self, driver: AsyncDriver) -> AsyncIterator[int]:
        page = (await driver.aexecute(self.request)).rows
        print(f"{await run(page)}")
        try:
            values = [row async for row in page]
        except StopAsyncIteration:
            await driver.aclose()
'''

DERIVED = '''# Derived by tests/derive.py: edit aio/door.py,
# then run `tox -e sync`.
"""The sync door. Use a sync context: `with BatchQuery() as batch`."""

from collections.abc import Iterator
from contextlib import contextmanager

from coodie.sync._run import run
from coodie.drivers import SyncDriver


class BatchQuery:
    """Example:

    .. code-block:: python

        for user in User.find():
            user.save()
    """

    def __enter__(self) -> "BatchQuery":
        return self

    def rows(self, driver: SyncDriver) -> Iterator[int]:
        page = (driver.execute(self.request)).rows
        print(f"{run(page)}")
        try:
            values = [row for row in page]
        except StopIteration:
            driver.close()
'''


def test_the_sync_door_is_the_async_door_without_waiting():
    installed = Path(coodie.__file__).parent.parent  # not the checkout: the wheel must carry the same text
    assert derive.differing(Path("coodie/aio"), Path("coodie/sync"), installed) == [], "run `tox -e sync`"


def test_the_tests_of_the_sync_door_are_those_of_the_async_door():
    assert derive.differing(Path("tests/doors/aio"), Path("tests/doors/sync")) == [], "run `tox -e sync`"


def test_every_waiting_word_is_dropped():
    assert derive.derive(SOURCE, "aio/door.py") == DERIVED


@pytest.mark.parametrize("word", ["asyncio", "Awaitable", "AsyncGenerator"])
def test_a_word_without_a_counterpart_is_refused(word):
    with pytest.raises(ValueError, match=rf"aio/door.py: '{word}' has no sync counterpart"):
        derive.derive(f"import {word}", "aio/door.py")


def test_missing_superfluous_and_different_files_are_found_and_put_right(tmp_path):
    source, target = Path("aio"), Path("sync")
    for path, text in {
        "aio/a.py": "async def f(): ...\n",
        "aio/deep/b.py": "x = 1\n",
        "aio/c.cql": "-- async\n",
        "sync/a.py": "def f(): ...\n",
        "sync/old.py": "",
        "sync/__pycache__/a.pyc": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    wrong = ["sync/a.py", "sync/c.cql", "sync/deep/b.py", "sync/old.py"]
    assert derive.differing(source, target, tmp_path) == wrong
    assert derive.differing(source, target, tmp_path, write=True) == wrong
    assert derive.differing(source, target, tmp_path) == []
    assert (tmp_path / "sync/c.cql").read_text() == "-- async\n"
