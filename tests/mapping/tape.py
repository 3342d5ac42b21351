"""A driver that gives back what was written, so that a test sees a value as a model loads it."""

from typing import Annotated

import pytest
from pydantic import ConfigDict

from coodie.drivers import Page, register_driver, unregister_driver
from coodie.fields import PrimaryKey
from coodie.sync import Document


class Tape:
    """A driver that answers a SELECT with what the last INSERT wrote."""

    def execute(self, request):
        if request.cql.startswith("INSERT"):
            self.written = dict(request.params)
            return Page()
        columns = request.cql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        return Page(tuple(columns), [tuple(self.written[column] for column in columns)])

    def close(self):
        pass


@pytest.fixture(scope="module")
def tape():
    driver = Tape()
    register_driver("tape", driver, default=True)
    yield driver
    unregister_driver("tape")


def value_of(annotation, value, config=None):
    class Row(Document):
        model_config = config or ConfigDict()
        id: Annotated[int, PrimaryKey()] = 1
        v: annotation

    row = Row(v=value)
    row.save()
    return row, Row.get(id=1)
