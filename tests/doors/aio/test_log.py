"""The logger ``coodie``: what is sent, what is slow, what a server warns of; never a value."""

import logging
import re
from typing import Annotated

import pytest

from coodie.aio import AsyncBatchQuery, Document, close, execute_raw, init_coodie
from coodie.drivers import Hook, Page, get_driver
from coodie.exceptions import ConfigurationError, OutcomeUnknown, RequestRejected
from coodie.fields import PrimaryKey
from coodie.testing import RecordingDriver

NODE = "10.0.0.1:9042"
SECRET = "hunter2"
SELECT = "SELECT id, name FROM shop.users WHERE id = ?"
INSERT = "INSERT INTO shop.users (id, name) VALUES (?, ?)"


class User(Document):
    id: Annotated[str, PrimaryKey()]
    name: str = ""

    class Settings:
        name = "users"
        keyspace = "shop"


class Server:
    """Answers with its pages, one after another, or raises them."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def aexecute(self, request, /):
        answer = self.answers.pop(0) if self.answers else Page(coordinator=NODE)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self): ...


def page(*rows, **more):
    return Page(("id", "name"), rows, coordinator=NODE, **more)


@pytest.fixture
async def connect():
    async def connect(*answers, **options):
        await init_coodie(driver=Server(*answers), **options)

    yield connect
    await close()


@pytest.fixture
def lines(caplog):
    """The lines at DEBUG and above, with the time that a trip took as a word."""
    caplog.set_level(logging.DEBUG, "coodie")
    return lambda: [(record.levelname, _untimed(record)) for record in caplog.records]


def _untimed(record):
    message = record.getMessage()
    assert record.name == "coodie"
    assert SECRET not in message + repr(record.args)
    assert "\n" not in message
    return re.sub(r"\b\d+\.\d ms", "T ms", message)


async def test_each_trip_is_a_line_with_its_rows_its_time_and_the_node_that_answered(connect, lines):
    await connect(Page(coordinator=NODE), page((SECRET, "x")))
    await User(id=SECRET).save()
    await User.find(id=SECRET).all()
    assert lines() == [("DEBUG", f"0 rows, T ms, {NODE}: {INSERT}"), ("DEBUG", f"1 row, T ms, {NODE}: {SELECT}")]


async def test_so_is_each_page(connect, lines):
    rows = [(SECRET, "x"), (SECRET, "y")]
    await connect(page(*rows, paging_state=b"more"), page())
    assert len([user async for user in User.find(id=SECRET)]) == 2
    assert lines() == [
        ("DEBUG", f"2 rows, T ms, {NODE}: {SELECT}"),
        ("DEBUG", f"0 rows, page 2, T ms, {NODE}: {SELECT}"),
    ]


async def test_a_batch_is_one_line_however_long_it_is(connect, lines):
    await connect()
    async with AsyncBatchQuery(batch_type="UNLOGGED") as batch:
        for n in range(5):
            await User(id=f"{SECRET}{n}").save(batch=batch)
    async with AsyncBatchQuery() as batch:
        await User(id=SECRET).save(batch=batch)
    assert lines() == [
        ("DEBUG", f"0 rows, T ms, {NODE}: unlogged batch of 5 statements: {INSERT}; {INSERT}; {INSERT}; and 2 more"),
        ("DEBUG", f"0 rows, T ms, {NODE}: batch of 1 statement: {INSERT}"),
    ]


async def test_so_is_a_text_of_several_lines(connect, lines):
    await connect()
    await execute_raw("SELECT *\nFROM shop.users WHERE id = ?", [SECRET])
    await execute_raw("TRUNCATE shop.users")
    assert lines() == [
        ("DEBUG", rf"0 rows, T ms, {NODE}: SELECT *\nFROM shop.users WHERE id = ?"),
        ("DEBUG", f"0 rows, T ms, {NODE}: TRUNCATE shop.users"),
    ]


async def test_an_error_is_a_line_with_its_class_and_comes_out(connect, lines):
    reported = RequestRejected(f"no {SECRET} here")
    reported.coordinator = NODE
    await connect(RequestRejected(f"no {SECRET} here"), reported)
    for _ in range(2):
        with pytest.raises(RequestRejected):
            await User(id=SECRET).save()
    assert lines() == [
        ("DEBUG", f"RequestRejected, T ms: {INSERT}"),
        ("DEBUG", f"RequestRejected, T ms, {NODE}: {INSERT}"),
    ]


class Broken(logging.Handler):
    """A handler that raises what it should keep to itself."""

    def emit(self, record):
        raise OSError("the disk of the log is full")


@pytest.fixture
def broken_log():
    handler = Broken()
    logging.getLogger("coodie").addHandler(handler)
    yield
    logging.getLogger("coodie").removeHandler(handler)


class Fails(Hook):
    def after(self, trip, token):
        raise LookupError


@pytest.mark.parametrize("options", [{}, {"slow": 1e-9}, {"hooks": [Fails()]}])
async def test_a_log_that_fails_hides_no_outcome(connect, lines, broken_log, capsys, options):
    await connect(page(warnings=("tombstones",)), OutcomeUnknown("nobody knows"), **options)
    user = User(id="7")
    await user.save()
    assert user.changes() == set()
    user.name = "x"
    with pytest.raises(OutcomeUnknown):
        await user.save()
    assert "OSError: the disk of the log is full" in capsys.readouterr().err


async def test_statements_of_the_schema_are_lines_too_and_the_recorders_calls_with_them(lines):
    with RecordingDriver():
        await User.drop_table()
    assert lines() == [("DEBUG", "0 rows, T ms: DROP TABLE IF EXISTS shop.users")]


async def test_nothing_is_written_unless_it_is_asked_for(connect, caplog):
    caplog.set_level(logging.INFO, "coodie")
    await connect(RequestRejected("no"), slow=3600)
    with pytest.raises(RequestRejected):
        await User(id=SECRET).save()
    await User(id=SECRET).save()
    assert caplog.records == []


async def test_a_trip_that_is_slow_is_one_warning_and_no_other_line(connect, lines):
    await connect(page(), RequestRejected("no"), slow=1e-9)
    await User.find(id=SECRET).all()
    with pytest.raises(RequestRejected):
        await User(id=SECRET).save()
    assert lines() == [
        ("WARNING", f"slow: 0 rows, T ms, {NODE}: {SELECT}"),
        ("WARNING", f"slow: RequestRejected, T ms: {INSERT}"),
    ]


async def test_what_is_quicker_is_none(connect, lines):
    await connect(slow=3600)
    await User(id=SECRET).save()
    assert [level for level, _ in lines()] == ["DEBUG"]


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING])
async def test_what_a_server_warns_of_is_a_warning(connect, caplog, level):
    await connect(page(warnings=("too many tombstones", "too\nbig")))
    caplog.set_level(level, "coodie")
    await User.find(id=SECRET).all()
    found = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert found == [f"server warning: too many tombstones: {SELECT}", rf"server warning: too\nbig: {SELECT}"]


async def test_each_connection_has_its_own_time_and_a_spy_writes_no_second_line(connect, lines):
    await connect(slow=1e-9, name="quick")
    await connect(name="default")
    with RecordingDriver(get_driver("default")).installed():
        await User.find(id=SECRET).all()
    await User.find(id=SECRET).using(connection="quick").all()
    assert [level for level, _ in lines()] == ["DEBUG", "WARNING"]


@pytest.mark.parametrize("slow", [0, -1, float("nan"), True, "1", [1]])
async def test_what_is_no_time_is_refused_before_anything_is_opened(slow):
    with pytest.raises(ConfigurationError, match="slow must be a positive number of seconds, not "):
        await init_coodie("nowhere.invalid", slow=slow)


async def test_hooks_hear_of_the_node_its_warnings_and_the_connection(connect):
    class Ear(Hook):
        def after(self, trip, token):
            heard.append((trip.coordinator, trip.warnings, trip.connection))

    heard = []
    await connect(page(warnings=("full",)), RequestRejected("no"), hooks=[Ear()], name="reports")
    await User.find(id=SECRET).using(connection="reports").all()
    with pytest.raises(RequestRejected):
        await User(id=SECRET).save()
    assert heard == [(NODE, ("full",), "reports"), (None, (), "reports")]
