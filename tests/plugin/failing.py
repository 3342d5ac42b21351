"""Tests that fail, each for a reason of its own: run by test_failure_texts.py, never by themselves."""

from typing import Annotated
from uuid import UUID

import pytest

from coodie.cql.message import Batch, Kind, Mark, Statement
from coodie.cql.types import parse_type
from coodie.fields import PrimaryKey
from coodie.sync import Document
from coodie.testing import ANY, RecordingDriver, Where, faults

ANN, BOB = UUID(int=1), UUID(int=2)


class User(Document):
    id: Annotated[UUID, PrimaryKey()]
    email: str
    tags: set[str] = set()

    class Settings:
        name = "users"
        keyspace = "shop"


def a_select_without_a_rule(recorder):
    User.get(id=ANN)


def a_rule_for_another_key(recorder):
    recorder.on("select", table=User, where={"id": BOB}).returns([{"id": BOB, "email": "bob@x"}])
    recorder.on("insert", table=User, conditional=True).applied().optional()
    User.get(id=ANN)


def the_nearest_rule_is_one_for_such_a_statement(recorder):
    recorder.on("delete", table=User, where={"id": ANN})
    recorder.on("select", table=User, where={"id": BOB, "email": "ann@x"}).returns([])
    User.get(id=ANN)


def a_rule_used_up(recorder):
    recorder.on("select", table=User).returns([{"id": ANN, "email": "ann@x"}]).times(2)
    for _ in range(3):
        User.get(id=ANN)


def a_rule_out_of_order(recorder):
    with recorder.in_order():
        recorder.on("select", table=User, where={"id": ANN}).returns([])
        recorder.on("select", table=User, where={"id": BOB}).returns([])
    User.find_one(id=BOB)


def a_text_that_differs(recorder):
    recorder.on(cql="SELECT id FROM shop.users WHERE id = ?").returns([{"id": ANN}])
    User.find_one(id=ANN)


def a_conditional_batch(recorder):
    condition = Statement("UPDATE t SET a = ? WHERE b = ? IF a = ?", (1, 2, 3), kind=Kind.CONDITIONAL)
    recorder.execute(Batch((condition, Statement("DELETE FROM t WHERE b = ?", (2,)))))


def replies_that_nobody_asked_for(recorder):
    recorder.on("select", table=User, where={"id": BOB}).returns([])
    recorder.on("insert", table="orders", values={"total": Where(lambda total: total > 0, "above 0"), "id": ANY})
    recorder.on("update").raises(faults.write_timeout()).times(2)
    User(id=ANN, email="ann@x").save()
    with pytest.raises(Exception, match="timed out"):
        User(id=ANN, email="ann@x").update(email="new@x")
    recorder.verify()


def a_column_that_is_not_in_the_answer(recorder):
    recorder.on("select", table=User).returns([{"id": ANN, "nick": "ann"}])
    User.get(id=ANN)


def a_value_of_another_type(recorder):
    recorder.on("select", table=User).returns([{"id": "ann", "email": "ann@x"}])
    User.get(id=ANN)


def a_lost_condition_without_its_row(recorder):
    recorder.on("insert", table=User).applied(False)
    User(id=ANN, email="ann@x").insert()


def a_value_that_the_wire_refuses(recorder):
    recorder.execute(
        Statement("UPDATE t SET n = ? WHERE id = ?", (1000, 1), (Mark("n", parse_type("tinyint")), Mark("id")))
    )


def a_call_that_is_not_in_the_recording(recorder, path):
    User(id=ANN, email="ann@x").save()
    recorder.save(path)
    with RecordingDriver.replay(path):
        User(id=BOB, email="bob@x").save()


FAILURES = {
    function.__name__: function
    for function in list(globals().values())
    if callable(function) and getattr(function, "__module__", None) == __name__ and not isinstance(function, type)
}
