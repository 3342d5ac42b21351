"""Methods that users override: which are refused when the class is created."""

from typing import Annotated

import pytest

from coodie import aio, sync
from coodie.exceptions import ModelError
from coodie.fields import Counter, PrimaryKey
from coodie.sync import CounterDocument, Document, MaterializedView


class User(Document):
    id: Annotated[int, PrimaryKey()]
    name: str = ""


def later(kind):
    if kind == "async def":

        async def method(self):
            pass

        return method
    if kind == "generator":

        def method(self):
            yield

        return method
    return {"static": staticmethod(print), "class": classmethod(print)}[kind]


@pytest.mark.parametrize("kind", ["async def", "generator", "static", "class"])
@pytest.mark.parametrize("door", [aio, sync])
@pytest.mark.parametrize("name", ["before_save", "after_save", "before_delete", "after_load"])
def test_a_method_that_is_not_plain_is_refused(door, name, kind):
    body = {"__annotations__": {"id": Annotated[int, PrimaryKey()]}, "__module__": __name__, name: later(kind)}
    with pytest.raises(ModelError, match=rf"Bad\.{name} must be a plain method"):
        type(door.Document)("Bad", (door.Document,), body)


def test_a_method_that_would_never_be_called_is_refused():
    with pytest.raises(ModelError, match=r"Bad\.before_save\(\) would never be called, since the class is a counter"):

        class Bad(CounterDocument):
            url: Annotated[str, PrimaryKey()]
            views: Annotated[int | None, Counter()] = None

            def before_save(self) -> None:
                pass

    with pytest.raises(ModelError, match=r"ByName\.before_delete\(\) would never be called, since the class is a view"):

        class ByName(MaterializedView):
            name: Annotated[str, PrimaryKey()]
            id: Annotated[int, PrimaryKey(clustering=True)]

            class Settings:
                base_table = User

            def before_delete(self) -> None:
                pass
