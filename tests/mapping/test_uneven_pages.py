"""A driver that gives more values in a row than columns, or fewer: an error of coodie's that names the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import pytest

from coodie import DecodeError, PrimaryKey
from coodie.drivers import Page, Request
from coodie.drivers.registry import replaced
from coodie.sync import Document, execute_raw

COLUMNS = ("id", "name")


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str | None = None

    class Settings:
        keyspace = "shop"
        name = "users"


class OnePage:
    """A driver that gives the same answer to all."""

    page = Page()

    def execute(self, request: Request, /) -> Page:
        return self.page

    def close(self) -> None: ...


@pytest.fixture
def driver() -> Iterator[OnePage]:
    driver = OnePage()
    with replaced("default", driver):
        yield driver


@pytest.mark.parametrize(("row", "count"), [((1,), 1), ((1, "a", 2), 3), ((), 0)])
@pytest.mark.parametrize(
    "read",
    [
        lambda: User.find(id=1).all(),
        lambda: User.find(id=1).only("id", "name").all(),
        lambda: list(User.find(id=1).values_list("id", "name")),
        lambda: User.get(id=1),
    ],
)
def test_of_a_query(driver: OnePage, read: Callable[[], object], row: tuple[object, ...], count: int) -> None:
    driver.page = Page(COLUMNS, [(1, "a"), row])
    with pytest.raises(DecodeError, match=rf"a row of table users has {count} values for 2 columns \(id, name\)"):
        read()


@pytest.mark.parametrize("row", [(), (False,), (False, 1, "a", 2)])
def test_of_a_condition(driver: OnePage, row: tuple[object, ...]) -> None:
    driver.page = Page(("[applied]", *COLUMNS), [row])
    with pytest.raises(DecodeError, match=rf"a condition on table users has {len(row)} values for 3 columns"):
        User(id=1).insert()


def test_of_a_text_of_the_users(driver: OnePage) -> None:
    driver.page = Page(COLUMNS, [(1, "a"), (2,)])
    with pytest.raises(DecodeError, match="has 1 values for 2 columns"):
        execute_raw("SELECT id, name FROM shop.users")
