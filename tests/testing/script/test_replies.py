from datetime import datetime, timezone
from enum import Enum
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import SecretStr

from coodie.cql.message import UNSET, Batch, Kind, Mark, Options, Statement
from coodie.cql.types import parse_type
from coodie.exceptions import (
    CoodieError,
    DriverError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerFailure,
    Timeout,
    Unavailable,
)
from coodie.fields import Column, Discriminator, PrimaryKey
from coodie.sync import Document
from coodie.testing import ImpossibleReply, RecordingDriver, faults

SELECT = Statement("SELECT id, email FROM t WHERE id = ?", (7,), (Mark("id", parse_type("int")),), Kind.READ)
PLAIN = Statement("SELECT id, email FROM t", kind=Kind.READ)
LIMITED = Statement("SELECT id FROM t LIMIT ?", (1,))
PAGED = PLAIN.with_options(Options(fetch_size=2))
WHOLE = PLAIN.with_options(Options(fetch_size=0))
WRITE = Statement("UPDATE t SET email = ? WHERE id = ?", ("b", 7))
CONDITION = Statement("UPDATE t SET email = ? WHERE id = ? IF email = ?", ("b", 7, "a"), kind=Kind.CONDITIONAL)
INSERT = Statement("INSERT INTO t (id, email) VALUES (?, ?) IF NOT EXISTS", (7, "b"))
DDL = Statement("DROP TABLE t", kind=Kind.SCHEMA)
BATCH = Batch((WRITE, CONDITION))


@pytest.mark.parametrize(
    ("request_", "script", "why"),
    [
        (SELECT, lambda rule: rule.returns([{"nick": 1}]), "no column nick, only id, email"),
        (SELECT, lambda rule: rule.returns([(1,)]), "has the columns id, email, not 1"),
        (SELECT, lambda rule: rule.returns([{"id": "7"}]), "gives '7' for column id: int does not take a str"),
        (SELECT, lambda rule: rule.returns([{"email": object()}]), "for column email: an object is not a CQL value"),
        (SELECT, lambda rule: rule.returns([{"email": UNSET}]), "for column email"),
        (SELECT, lambda rule: rule.returns([{"email": datetime(2030, 1, 1)}]), "aware datetime in UTC"),
        (LIMITED, lambda rule: rule.returns([{"id": 1}, {"id": 2}]), "at most 1 rows, and the reply has 2"),
        (LIMITED, lambda rule: rule.pages([[{"id": 1}], [{"id": 2}]]), "at most 1 rows"),
        (PAGED, lambda rule: rule.pages([[], [{"id": 1}] * 3]), "pages of 2 rows, and one of the reply has 3"),
        (WHOLE, lambda rule: rule.pages([[{"id": 1}], [{"id": 2}]]), "all rows in one page, and the reply has 2"),
        (SELECT, lambda rule: rule.applied(), r"not answered with \[applied\]"),
        (WRITE, lambda rule: rule.applied(), r"not answered with \[applied\]"),
        (WRITE, lambda rule: rule.returns([{"id": 7}]), "a write has no rows"),
        (WRITE, lambda rule: rule.pages([[]]), "only a SELECT is answered in pages"),
        (DDL, lambda rule: rule.returns([{"id": 7}]), "a write has no rows"),
        (Batch((WRITE,)), lambda rule: rule.returns([]), "a batch has no rows"),
        (Batch((WRITE,)), lambda rule: rule.applied(), r"not answered with \[applied\]"),
        (CONDITION, lambda rule: rule.returns_nothing(), "a condition is always answered"),
        (CONDITION, lambda rule: rule.returns([{"email": "a"}]), "a write has no rows"),
        (CONDITION, lambda rule: rule.applied(False, {"id": 7}), r"columns of the condition \(email\), not id"),
        (CONDITION, lambda rule: rule.applied(False, [{"email": "a"}] * 2), "one row"),
        (INSERT, lambda rule: rule.applied(False), "the existing row if it is lost"),
        (INSERT, lambda rule: rule.applied(True, {"id": 7}), "no row if it is applied"),
        (BATCH, lambda rule: rule.applied(True, {"email": "a"}), "answered without rows"),
        (CONDITION, lambda rule: rule.applied(True, {"email": "a"}), "answered without rows"),
        (SELECT, lambda rule: rule.raises(faults.write_timeout()), r"no server answers.*faults\.write_timeout"),
        (WRITE, lambda rule: rule, "the rule has no reply"),
    ],
)  # fmt: skip
def test_what_no_server_could_give_is_an_error_that_says_what_it_would(request_, script, why):
    recorder = RecordingDriver()
    script(recorder.on(table="t"))
    with pytest.raises(ImpossibleReply, match=rf"(?s){why}.*rule: on\(table='t'\).*call:\n-- "):
        recorder.execute(request_)
    with pytest.raises(ImpossibleReply):  # in case the application swallowed it
        recorder.verify()


@pytest.mark.parametrize(
    ("options", "script"),
    [
        ({"verb": "select"}, lambda rule: rule.applied()),
        ({"verb": "insert", "conditional": False}, lambda rule: rule.applied()),
        ({"verb": "insert", "conditional": True}, lambda rule: rule.returns_nothing()),
        ({"verb": "update"}, lambda rule: rule.returns([{"id": 7}])),
        ({"verb": "batch"}, lambda rule: rule.pages([[]])),
        ({"cql": SELECT.cql}, lambda rule: rule.returns([{"nick": 7}])),
        ({"cql": INSERT.cql}, lambda rule: rule.applied(False)),
    ],
)
def test_what_can_be_seen_before_a_call_comes_is_refused_at_once(options, script):
    rule = RecordingDriver().on(**options)
    with pytest.raises(ImpossibleReply):
        script(rule)


def test_a_page_as_a_condition_gives_it_may_be_written_out():
    recorder = RecordingDriver()
    recorder.on("update").returns([{"[applied]": False, "email": "old"}])

    assert recorder.execute(CONDITION).rows == [(False, "old")]


def test_utc_datetimes_and_nulls_are_fine():
    recorder = RecordingDriver()
    recorder.on("select").returns([{"id": None, "email": datetime(2030, 1, 1, tzinfo=timezone.utc)}])

    assert len(recorder.execute(SELECT).rows) == 1


@pytest.mark.parametrize(
    ("fault", "on_read", "on_write", "code"),
    [
        (faults.read_timeout(received=1, required=2), Timeout, OutcomeUnknown, 0x1200),
        (faults.write_timeout(), None, OutcomeUnknown, 0x1100),
        (faults.cas_write_unknown(), None, OutcomeUnknown, 0x1700),
        (faults.unavailable(), Unavailable, Unavailable, 0x1000),
        (faults.read_failure(), ServerFailure, OutcomeUnknown, 0x1300),
        (faults.write_failure(), None, OutcomeUnknown, 0x1500),
        (faults.overloaded(), Overloaded, Overloaded, 0x1001),
        (faults.bootstrapping(), Overloaded, Overloaded, 0x1002),
        (faults.truncate_error(), None, ServerFailure, 0x1003),
        (faults.no_hosts(), Unavailable, Unavailable, None),
        (faults.client_timeout(), Timeout, OutcomeUnknown, None),
        (faults.connection_lost(), Unavailable, OutcomeUnknown, None),
        (faults.function_failure(), ServerFailure, ServerFailure, 0x1400),
        (faults.invalid("no such column"), RequestRejected, RequestRejected, 0x2200),
        (faults.syntax(), RequestRejected, RequestRejected, 0x2000),
        (faults.already_exists(keyspace="shop", table="users"), None, RequestRejected, 0x2400),
        (faults.unauthorized(), RequestRejected, RequestRejected, 0x2100),
    ],
)
def test_a_fault_becomes_the_error_that_a_driver_would_raise(fault, on_read, on_write, code):
    for request, wanted in [(SELECT, on_read), (WRITE, on_write)]:
        if wanted is None:
            continue
        recorder = RecordingDriver()
        recorder.on(table="t").raises(fault)
        with pytest.raises(DriverError) as caught:
            recorder.execute(request)

        assert type(caught.value) is wanted
        assert caught.value.request == request
        assert caught.value.__cause__.code == code


def test_a_fault_keeps_the_fields_of_the_protocol():
    recorder = RecordingDriver()
    recorder.on("batch").raises(faults.write_timeout(write_type="BATCH_LOG", consistency="QUORUM", required=2))
    with pytest.raises(OutcomeUnknown) as caught:
        recorder.execute(Batch((WRITE,)))

    assert caught.value.write_type == "BATCH_LOG"
    assert caught.value.__cause__.fields == {
        "write_type": "BATCH_LOG",
        "consistency": "QUORUM",
        "received": 0,
        "required": 2,
    }


COUNTS = {"consistency": "LOCAL_QUORUM", "received": 0, "required": 1}


@pytest.mark.parametrize(
    ("fault", "fields"),
    [
        (faults.read_timeout(data_present=True), {**COUNTS, "data_present": True}),
        (faults.write_timeout(received=1), {**COUNTS, "write_type": "SIMPLE", "received": 1}),
        (
            faults.cas_write_unknown(required=3),
            {"write_type": "CAS", "consistency": "SERIAL", "received": 1, "required": 3},
        ),
        (faults.unavailable(alive=0), {"consistency": "LOCAL_QUORUM", "required": 2, "alive": 0}),
        (faults.read_failure(failures=2), {**COUNTS, "failures": 2}),
        (faults.write_failure(write_type="BATCH"), {**COUNTS, "write_type": "BATCH", "failures": 1}),
        (
            faults.function_failure(keyspace="shop", function="vat", arg_types=["int"]),
            {"keyspace": "shop", "function": "vat", "arg_types": ("int",)},
        ),
        (faults.already_exists(keyspace="shop", table="users"), {"keyspace": "shop", "table": "users"}),
        (faults.invalid("no such column"), {"message": "no such column"}),
        (faults.overloaded(), {}),
    ],
    ids=lambda value: value.name if isinstance(value, faults.Fault) else "",
)
def test_each_fault_has_the_fields_that_its_error_has_on_the_wire(fault, fields):
    recorder = RecordingDriver()
    recorder.on(table="t").raises(fault)
    with pytest.raises(DriverError) as caught:
        recorder.execute(WRITE)

    assert caught.value.__cause__.fields == fields


def test_each_call_gets_an_error_of_its_own():
    recorder = RecordingDriver()
    recorder.on("update").raises(faults.overloaded()).times(2)
    for _ in range(2):
        with pytest.raises(Overloaded):
            recorder.execute(WRITE)

    assert recorder.calls[0].error is not recorder.calls[1].error


def test_the_errors_of_the_harness_are_out_of_the_application_s_reach():
    assert not issubclass(ImpossibleReply, CoodieError)
    assert issubclass(ImpossibleReply, AssertionError)


class Typed:
    """A model, as far as a rule may ask it."""

    @classmethod
    def table_name(cls):
        return "t"

    @classmethod
    def column_types(cls):
        return {"id": parse_type("uuid"), "email": parse_type("text"), "tags": parse_type("set<text>")}


@pytest.mark.parametrize(
    ("request_", "script", "why"),
    [
        (PLAIN, lambda rule: rule.returns([{"id": str(UUID(int=7))}]), "for column id: uuid does not take a str"),
        (PLAIN, lambda rule: rule.returns([(UUID(int=7), 5)]), "for column email: text does not take an int"),
        (PLAIN, lambda rule: rule.pages([[], [{"id": 7}]]), "for column id: uuid does not take an int"),
        (
            Statement("SELECT * FROM t", kind=Kind.READ),
            lambda rule: rule.returns([{"tags": ["a"]}]),
            "for column tags: set<text> does not take a list",
        ),
        (CONDITION, lambda rule: rule.applied(False, {"email": 5}), "for column email: text does not take an int"),
        (
            Batch((CONDITION,)),
            lambda rule: rule.applied(False, {"id": 7, "email": "a"}),
            "for column id: uuid does not take an int",
        ),
    ],
)
def test_a_model_tells_the_types_of_its_columns(request_, script, why):
    recorder = RecordingDriver()
    script(recorder.on(table=Typed))
    with pytest.raises(ImpossibleReply, match=why):
        recorder.execute(request_)


def test_an_alias_has_a_type_of_its_own():
    recorder = RecordingDriver()
    recorder.on("select", table=Typed).returns([{"email": 3, "id": UUID(int=7)}])
    request_ = Statement("SELECT id, writetime(email) AS email FROM t", kind=Kind.READ)

    assert recorder.execute(request_).rows == [(UUID(int=7), 3)]


class State(Enum):
    NEW = "new"
    OLD = "old"


class Visit(Document):
    id: Annotated[UUID, PrimaryKey()]
    at: Annotated[datetime, Column(name="ts")]
    state: State = State.NEW
    secret: SecretStr | None = None
    tags: set[str] = set()

    class Settings:
        name = "visits"


VISIT = Visit(id=UUID(int=7), at=datetime(2030, 1, 1, tzinfo=timezone.utc), tags={"a"})
OTHER = Visit(id=UUID(int=8), at=VISIT.at)


@pytest.fixture
def recorder():
    with RecordingDriver() as recorder:
        yield recorder


def test_a_document_is_a_row(recorder):
    recorder.on("select", table=Visit).returns([VISIT])
    recorder.on("select", table=Visit).pages([[VISIT], [OTHER]])
    recorder.on("select", table=Visit).returns([VISIT])

    assert Visit.get(id=UUID(int=7)) == VISIT
    assert list(Visit.find()) == [VISIT, OTHER]
    assert Visit.find(id=UUID(int=7)).only("state").first().state is State.NEW


def test_it_is_the_row_that_it_was_when_the_reply_was_written(recorder):
    visit = Visit(id=UUID(int=7), at=VISIT.at, tags={"a"})
    recorder.on("select", table=Visit).returns([visit])
    visit.tags = {"b"}

    assert Visit.get(id=UUID(int=7)).tags == {"a"}


def test_a_document_is_the_row_that_stood_in_the_way(recorder):
    recorder.on("insert", table=Visit).applied(False, VISIT)
    recorder.on("update", table=Visit).applied(False, VISIT)

    assert Visit(id=UUID(int=7), at=VISIT.at).insert().existing == VISIT
    lost = Visit(id=UUID(int=7), at=VISIT.at).update(tags={"b"}, if_conditions={"state": State.OLD})
    assert lost.existing.state is State.NEW
    assert recorder.last.page.columns == ("[applied]", "state")


@pytest.mark.parametrize("rows", [{"ts": VISIT.at}, VISIT, "abc"])
def test_a_single_row_is_not_taken_apart(rows):
    rule = RecordingDriver().on("select")
    with pytest.raises(TypeError, match=r"list of rows; for a single one say \["):
        rule.returns(rows)
    with pytest.raises(TypeError, match=r"list of rows; for a single one say \["):
        rule.pages([rows])


def test_a_number_is_no_list_of_rows():
    with pytest.raises(TypeError, match=r"list of rows, not 3; what count\(\) reads is \[\{'count': 3\}\]"):
        RecordingDriver().on("select").returns(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", [None, 5, "abc"])
def test_what_is_no_row(row):
    with pytest.raises(TypeError, match="a row is a document, a mapping by column or a tuple"):
        RecordingDriver().on("select").returns([row])
    with pytest.raises(TypeError, match="a row is a document, a mapping by column or a tuple"):
        RecordingDriver().on("insert").applied(False, row)


def test_a_document_has_no_count(recorder):
    recorder.on("select", table=Visit).returns([VISIT])
    with pytest.raises(ImpossibleReply, match="the columns count, of which the document has none"):
        Visit.find(id=UUID(int=7)).count()
    recorder.failures.clear()


def test_what_where_fixes_may_be_left_out(recorder):
    recorder.on("select", table=Visit).returns([{"ts": VISIT.at}])

    assert Visit.get(id=UUID(int=7)).id == UUID(int=7)


def test_an_enum_is_matched_by_its_value(recorder):
    recorder.on("insert", table=Visit, values={"state": State.NEW}).returns_nothing()
    VISIT.save()


def test_documents_tell_their_types():
    types = {name: str(kind) for name, kind in Visit.column_types().items()}
    assert types == {"id": "uuid", "ts": "timestamp", "state": "text", "secret": "text", "tags": "set<text>"}

    recorder = RecordingDriver()
    recorder.on("select", table=Visit).returns([{"id": str(UUID(int=7))}])
    with recorder.installed(), pytest.raises(ImpossibleReply, match="uuid does not take a str"):
        Visit.get(id=UUID(int=7))


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()] = ""

    class Settings:
        name = "animals"


class Dog(Animal):
    barks: bool = True

    class Settings:
        discriminator_value = "dog"


class Cat(Animal):
    lives: int = 9

    class Settings:
        discriminator_value = "cat"


@pytest.mark.parametrize("model", [Animal, Dog, Cat])
def test_classes_that_share_a_table_tell_the_columns_of_all(model):
    assert {"id", "kind", "barks", "lives"} == set(model.column_types())
    RecordingDriver().on("insert", table=model, values={"lives": 7}).optional()
    with pytest.raises(ValueError, match="did you mean 'lives'"):
        RecordingDriver().on("insert", table=model, values={"life": 7})
