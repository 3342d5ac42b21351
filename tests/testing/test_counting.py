import pytest

from coodie.connections import connection_names
from coodie.cql.message import Batch, Kind, Page, Statement
from coodie.drivers.registry import get_driver, register_driver, replaced, sync_driver
from coodie.testing import RecordingDriver, assert_cql_count

SELECT = Statement("SELECT a FROM t WHERE b = ?", (1,), kind=Kind.READ)
WRITE = Statement("UPDATE t SET a = 5 WHERE b = 'x'")
DDL = Statement("DROP TABLE t", kind=Kind.SCHEMA)


class Real:
    def execute(self, request):
        return Page()

    def close(self):
        pass


@pytest.fixture
def recorder():
    with RecordingDriver(strict=False) as recorder:
        yield recorder


def send(*requests):
    for request in requests:
        sync_driver().execute(request)


def test_the_exact_number(recorder):
    send(WRITE)
    with assert_cql_count(2):
        send(SELECT, Batch((WRITE, WRITE)))


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_at_most(recorder, sent):
    with assert_cql_count(at_most=2):
        send(*[WRITE] * sent)


def test_schema_is_not_counted(recorder):
    with assert_cql_count(0):
        send(DDL)


def test_what_is_cleared_in_the_block_counts(recorder):
    send(WRITE)
    with assert_cql_count(3), assert_cql_count(3):
        send(WRITE, WRITE)
        recorder.clear()
        send(WRITE)

    assert len(recorder.executed) == 1


@pytest.mark.parametrize("options", [{"count": 1}, {"count": 3}, {"at_most": 1}])
def test_another_number_fails(recorder, options):
    with (
        pytest.raises(AssertionError, match=r"^2 statements sent, (exactly [13]|at most 1) expected"),
        assert_cql_count(**options),
    ):
        send(WRITE, WRITE)


def test_a_query_in_a_loop_shows_at_a_glance(recorder):
    batch = Batch((WRITE, WRITE, SELECT))
    with pytest.raises(AssertionError) as caught, assert_cql_count(2):
        send(SELECT, *[Statement(f"SELECT c FROM u WHERE d = {number}") for number in range(11)], batch)

    assert str(caught.value) == (
        "13 statements sent, exactly 2 expected\n"
        "   11 x SELECT c FROM u WHERE d = ?\n"
        "    1 x SELECT a FROM t WHERE b = ?\n"
        "    1 x logged batch of 3 statements\n"
        "              2 x UPDATE t SET a = ? WHERE b = ?\n"
        "              1 x SELECT a FROM t WHERE b = ?"
    )


def test_an_error_of_the_block_comes_first(recorder):
    with pytest.raises(KeyError), assert_cql_count(5):
        raise KeyError("mine")


@pytest.mark.parametrize("options", [{}, {"count": 1, "at_most": 1}])
def test_one_number_is_asked_for(recorder, options):
    with pytest.raises(TypeError, match="a count, or at_most="), assert_cql_count(**options):
        pass


def test_any_default_driver_is_counted_for_the_block():
    real = Real()
    with replaced("main", real, keyspace="shop"):
        with assert_cql_count(1) as spy:
            send(WRITE)
            assert connection_names.keyspace_of(None) == "shop"
        assert get_driver() is real

    assert spy.cql == [WRITE.cql]


def test_or_a_recorder_of_another_connection(recorder):
    other = RecordingDriver()
    register_driver("other", other)
    with assert_cql_count(0), assert_cql_count(1, recorder=other):
        other.execute(WRITE)
