"""Models that are generated from keyspaces of a real cluster.

COODIE_SCHEMAS says how many made-up keyspaces are tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from generate import generated
from generate.generated import modelled, models_of
from hypothesis import HealthCheck, Phase, given, settings
from schemas import schemas

from coodie.generate import model_source
from coodie.schema import Schema, statements
from coodie.sync import create_keyspace, drop_keyspace, execute_raw, read_schema, verify_all
from tests_integration.conftest import connected
from tests_integration.server import Found

KEYSPACE = "generated_models"


@pytest.fixture
def empty_keyspace(connection: str) -> Iterator[None]:
    drop_keyspace(KEYSPACE)
    create_keyspace(KEYSPACE)
    yield
    drop_keyspace(KEYSPACE)


def check() -> None:
    """The models of the keyspace want what is there, but for what no model can have."""
    there = read_schema(KEYSPACE)
    assert there is not None
    source = model_source(there, door="sync")
    models = models_of(source)
    exact = modelled(there, source) == there
    verify_all(*(model.using(keyspace=KEYSPACE) for model in models), exact=exact)


@pytest.mark.usefixtures("empty_keyspace")
def test_a_keyspace_with_everything_in_it(cluster: Found) -> None:
    with connected(cluster) as session:
        session.set_keyspace(KEYSPACE)
        for text in generated.STATEMENTS.split(";")[2:-1]:
            session.execute(text)
    check()


@pytest.mark.usefixtures("empty_keyspace")
def test_made_up_keyspaces() -> None:
    @settings(
        max_examples=int(os.environ.get("COODIE_SCHEMAS", "5")),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(schemas(KEYSPACE))
    def try_one(schema: Schema) -> None:
        for text in statements(schema):
            execute_raw(text)
        check()
        for view in schema.views:
            execute_raw(f'DROP MATERIALIZED VIEW {KEYSPACE}."{view.table.name}"')
        for table in schema.tables:
            execute_raw(f'DROP TABLE {KEYSPACE}."{table.name}"')
        for each in reversed(schema.types):
            execute_raw(f'DROP TYPE {KEYSPACE}."{each.name}"')

    try_one()
