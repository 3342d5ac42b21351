"""Whatever can be rendered is read back as the same node."""

import pytest
import statements
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coodie.cql.nodes import Use
from coodie.cql.parsing.statements import parse
from coodie.cql.rendering.ddl import render_ddl
from coodie.cql.rendering.statements import render

often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(statements.selects)
def test_a_select_is_read_back(node):
    assert parse(render(node).cql) == node


@often
@given(statements.inserts() | statements.jsons)
def test_an_insert_is_read_back(node):
    assert parse(render(node).cql) == node


@often
@given(statements.updates)
def test_an_update_is_read_back(node):
    assert parse(render(node).cql) == node


@often
@given(statements.deletes)
def test_a_delete_is_read_back(node):
    assert parse(render(node).cql) == node


@often
@given(statements.batches | st.builds(Use, statements.plain))
def test_a_batch_is_read_back(node):
    assert parse(render(node).cql) == node


@pytest.mark.parametrize("number", range(len(statements.schema)))
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_schema_statement_that_is_rendered_is_read_back(number, data):
    node = data.draw(statements.schema[number])
    assert parse(render_ddl(node)) == node
