import json
from contextlib import suppress
from datetime import date, datetime, time, timezone
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID, uuid4

import pytest

from coodie.cql.message import UNSET, Batch, BatchKind, Kind, Mark, Options, Page, Statement
from coodie.cql.values import Duration, Secret, SecretBlob, UdtValue, Unreadable
from coodie.exceptions import InvalidQueryError, OutcomeUnknown
from coodie.testing import RecordingDriver, UnexpectedCall, UnusedReply, faults

SELECT = Statement("SELECT id, email FROM t WHERE id = ?", (7,), (Mark("id"),), Kind.READ)
WRITE = Statement("UPDATE t SET email = ? WHERE id = ?", ("a@x", 7), (Mark("email"), Mark("id")))


def recorded(path, *requests, redact=(), script=lambda recorder: None):
    """A file of these requests, sent to a recorder with that script."""
    recorder = RecordingDriver(strict=False)
    script(recorder)
    for request in requests:
        with suppress(OutcomeUnknown):
            recorder.execute(request)
    recorder.save(path, redact=redact)
    return path


def test_a_replay_answers_as_it_was_answered(tmp_path):
    def script(recorder):
        recorder.on("select").pages([[(7, "a@x")], [(8, None)]])
        recorder.on("update").raises(faults.write_timeout(write_type="CAS"))

    tape = recorded(tmp_path / "tape", SELECT, WRITE, Batch((WRITE,), BatchKind.UNLOGGED, 5), script=script)
    replay = RecordingDriver.replay(tape)

    page = replay.execute(SELECT)
    assert (page.columns, page.rows) == (("id", "email"), [(7, "a@x")])
    assert page.paging_state is not None
    with pytest.raises(OutcomeUnknown, match="timed out") as caught:
        replay.execute(WRITE)
    assert caught.value.write_type == "CAS"
    assert caught.value.request == WRITE
    assert replay.execute(Batch((WRITE,), BatchKind.UNLOGGED, 5)) == Page((), [])
    replay.verify()


def test_pages_are_told_apart_by_where_they_go_on_from(tmp_path):
    recorder = RecordingDriver()
    recorder.on("select").pages([[(7, "a")], [(8, "b")]])
    state = recorder.execute(SELECT).paging_state
    second = SELECT.with_options(Options(paging_state=state))
    recorder.execute(second)
    recorder.save(tmp_path / "tape")
    replay = RecordingDriver.replay(tmp_path / "tape")

    assert replay.execute(second).rows == [(8, "b")]
    assert replay.execute(SELECT).rows == [(7, "a")]


@pytest.mark.parametrize(
    "request_",
    [
        SELECT,
        WRITE,
        Statement("SELECT id, email FROM t WHERE id = ?", (8,), (Mark("id"),), Kind.READ),
        Statement("SELECT a FROM system_schema.tables", kind=Kind.READ),
        Batch((SELECT,)),
        Statement("DROP TABLE t", kind=Kind.SCHEMA),
    ],
)
def test_it_never_falls_through(tmp_path, request_):
    replay = RecordingDriver.replay(recorded(tmp_path / "tape", SELECT))
    replay.execute(SELECT)
    with pytest.raises(UnexpectedCall, match="answers only from its file"):
        replay.execute(request_)


def test_calls_of_the_file_must_be_made(tmp_path):
    replay = RecordingDriver.replay(recorded(tmp_path / "tape", WRITE))
    with pytest.raises(UnusedReply, match=r"recorded\(UPDATE t"):
        replay.verify()


def test_every_value_of_cql_comes_back_as_it_was(tmp_path):
    values = (
        *(
            None,
            UNSET,
            True,
            5,
            10**30,
            -(2**63),
            2**63,
            0.1,
            float("inf"),
            "it's\n\U0001f600",
            b"\x00\xff",
            UUID(int=7),
        ),
        *(
            Decimal("1.50"),
            datetime(2030, 1, 1, 0, 0, 0, 5000, tzinfo=timezone.utc),
            date(2030, 1, 2),
            time(8, 30, 0, 5),
        ),
        *(Duration(1, 2, 3), ip_address("127.0.0.1"), ip_address("::1"), [1, [2]], (1, None), {2, 1}, frozenset({1})),
        *({"k": {(1, 2): UUID(int=1)}}, UdtValue(street="x"), {UdtValue(a=1): 1}, {5: "redacted"}, {}),
    )
    cql = f"INSERT INTO t (a) VALUES ({', '.join('?' for _ in values)})"
    tape = recorded(tmp_path / "tape", Statement(cql, values))

    RecordingDriver.replay(tape).execute(Statement(cql, values))
    for position in range(len(values)):
        wrong = (*values[:position], "another", *values[position + 1 :])
        with pytest.raises(UnexpectedCall, match="recorded"):
            RecordingDriver.replay(tape).execute(Statement(cql, wrong))


def test_rows_come_back_with_their_types(tmp_path):
    far = Unreadable("far", 2**60)
    row = (UUID(int=7), {"a"}, UdtValue(b=[1, far]), (1, 2), Duration(1), b"x", -(10**4000), far, Unreadable("broken"))
    select = Statement("SELECT a, b, c, d, e, f, g, h, i FROM t", kind=Kind.READ)
    tape = recorded(tmp_path / "tape", select, script=lambda recorder: recorder.on("select").returns([row]))

    (found,) = RecordingDriver.replay(tape).execute(select).rows
    assert found == row
    assert [type(value) for value in found] == [type(value) for value in row]


def test_what_is_redacted_is_not_in_the_file_and_matches_anything(tmp_path):
    def script(recorder):
        recorder.on("select").returns([(7, "secret@x")])

    listed = Statement("SELECT id FROM t WHERE email IN ?", (["b@x"],), (Mark("in(email)"),), Kind.READ)
    tape = recorded(tmp_path / "tape", SELECT, WRITE, listed, redact={"email"}, script=script)
    replay = RecordingDriver.replay(tape)

    assert "@x" not in tape.read_text()
    assert replay.execute(SELECT).rows == [(7, None)]
    replay.execute(Statement(WRITE.cql, ("other@x", 7), WRITE.marks))


def test_an_identity_that_differs_from_run_to_run_can_be_left_out(tmp_path):
    def write():
        return Statement("UPDATE t SET a = 1 WHERE id = ?", (uuid4(),), (Mark("id"),))

    replay = RecordingDriver.replay(recorded(tmp_path / "tape", write(), redact=["id"]))
    replay.execute(write())


@pytest.mark.parametrize("text", ["", "{}\n", "[1]", "half a", '{"coodie tape": 99}\n', '{"coodie tape": 1}\n{}'])
def test_another_file_is_refused(tmp_path, text):
    (tmp_path / "tape").write_text(text)
    with pytest.raises(ValueError, match="not a recording of format 1"):
        RecordingDriver.replay(tmp_path / "tape")


def test_what_no_driver_answered_is_not_saved(tmp_path):
    recorder = RecordingDriver()
    for request in (SELECT, Statement(WRITE.cql, (1,)), WRITE):
        with suppress(UnexpectedCall, InvalidQueryError):
            recorder.execute(request)
    recorder.save(tmp_path / "tape")
    replay = RecordingDriver.replay(tmp_path / "tape")
    replay.execute(WRITE)

    replay.verify()


@pytest.mark.parametrize("name", ["KeyError", "InvalidQueryError", "TYPE_CHECKING"])
def test_a_recording_raises_errors_of_drivers_only(tmp_path, name):
    entry = {"statements": [{"cql": WRITE.cql, "values": []}], "error": {"type": name, "message": "x"}}
    (tmp_path / "tape").write_text(json.dumps({"coodie tape": 1}) + "\n" + json.dumps(entry))
    with pytest.raises(ValueError, match=f"cannot raise {name}"):
        RecordingDriver.replay(tmp_path / "tape")


def test_a_value_that_is_none_of_cql_is_not_saved(tmp_path):
    recorder = RecordingDriver()
    recorder.execute(Statement("UPDATE t SET a = ?", (object(),)))
    with pytest.raises(TypeError, match="not a CQL value"):
        recorder.save(tmp_path / "tape")


def test_secrets_stay_out_of_the_file(tmp_path):
    recorder = RecordingDriver()
    write = Statement("INSERT INTO t (id, secret) VALUES (?, ?)", (1, Secret("hunter2")), (Mark("id"), Mark("secret")))
    read = Statement("SELECT id, secret FROM t WHERE secret = ?", ("hunter2",), (Mark("secret"),), Kind.READ)
    recorder.on("select").returns([(1, "hunter2")])
    recorder.execute(write)
    recorder.execute(read)
    recorder.save(tmp_path / "tape")

    assert "hunter2" not in (tmp_path / "tape").read_text()
    replay = RecordingDriver.replay(tmp_path / "tape")
    replay.execute(write)
    assert replay.execute(read).rows == [(1, None)]


@pytest.mark.parametrize(
    ("mark", "value", "answered"),
    [
        ("pw", Secret("hunter2"), "pw"),
        ("pw", SecretBlob(b"hunter2"), "system.max(pw)"),
        ("in(pw)", [Secret("hunter2")], "pw"),
        ("tokens", {Secret("hunter2")}, "tokens"),
        ("value(tokens)", Secret("hunter2"), "tokens"),
        ("login", UdtValue(name="ann", pw=Secret("hunter2")), "login"),
        ("login.pw", Secret("hunter2"), "login"),
        ("attrs", {Secret("hunter2"): 1}, "[json]"),
        ("tp", (1, [Secret("hunter2")]), "tp"),
    ],
)
def test_secrets_stay_out_of_the_file_wherever_they_are(tmp_path, mark, value, answered):
    write = Statement("UPDATE t SET a = ? WHERE id = ?", (value, 5), (Mark(mark), Mark("id")))
    read = Statement("SELECT a, id FROM t", kind=Kind.READ)
    recorder = RecordingDriver()
    recorder.on("select").returns([("hunter2", 5)], columns=(answered, "id"))
    recorder.execute(write)
    recorder.execute(read)
    recorder.save(tmp_path / "tape")

    assert "hunter2" not in (tmp_path / "tape").read_text()
    replay = RecordingDriver.replay(tmp_path / "tape")
    replay.execute(write)
    assert replay.execute(read).rows == [(None, 5)]


def test_a_secret_of_a_text_of_the_user_s_is_left_out_and_nothing_else(tmp_path):
    write = Statement("UPDATE t SET a = ? WHERE id = 1", (Secret("hunter2"),))
    other = Statement("UPDATE t SET b = ? WHERE id = 1", ("b",))
    tape = recorded(tmp_path / "tape", write, other)

    assert "hunter2" not in tape.read_text()
    with pytest.raises(UnexpectedCall):
        RecordingDriver.replay(tape).execute(Statement(other.cql, ("another",)))


@pytest.mark.parametrize(
    "mark", ["email", "in(email)", "value(email)", "key(email)", "email.host", "in((id,email))", "(id,email)[1]"]
)
def test_each_mark_of_a_redacted_column_is_redacted(tmp_path, mark):
    write = Statement("UPDATE t SET a = ? WHERE id = ?", ("a@x", 5), (Mark(mark), Mark("value(key)")))
    tape = recorded(tmp_path / "tape", write, redact={"email", "value"})

    assert "a@x" not in tape.read_text()
    with pytest.raises(UnexpectedCall):
        RecordingDriver.replay(tape).execute(Statement(write.cql, ("a@x", 6), write.marks))


def test_a_text_with_line_separators_of_its_own(tmp_path):
    write = Statement("UPDATE t SET a = ? WHERE id = 1", ("a\u2028b\x85c\nd",), (Mark("a"),))
    RecordingDriver.replay(recorded(tmp_path / "tape", write)).execute(write)
