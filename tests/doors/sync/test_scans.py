# Derived by tests/derive.py: edit tests/doors/aio/test_scans.py,
# then run `tox -e sync`.
"""Whole tables by ranges of tokens: each row once, from where a state says, in splits."""

import pickle
import zlib
from base64 import urlsafe_b64encode
from typing import Annotated

import pytest
from doors.sync.many_rows import Lower, Pair, Reading, fill

from coodie.sync import Document, MaterializedView, get_many, read_split
from coodie.bulk import Split
from coodie.drivers import Statement
from coodie.exceptions import DecodeError, InvalidQueryError, Overloaded
from coodie.fields import ClusteringKey, Discriminator, PrimaryKey
from coodie.testing import faults


class Strict(Document):
    sensor: Annotated[int, PrimaryKey()]
    at: Annotated[int, ClusteringKey()]
    value: int

    class Settings:
        name = "reading"


class Animal(Document):
    id: Annotated[int, PrimaryKey()]
    kind: Annotated[str, Discriminator()]

    class Settings:
        name = "animals"


class Dog(Animal):
    class Settings:
        discriminator_value = "dog"


class Cat(Animal):
    class Settings:
        discriminator_value = "cat"


class ReadingByTime(MaterializedView):
    at: Annotated[int, PrimaryKey()]
    sensor: Annotated[int, ClusteringKey()]

    class Settings:
        base_table = Reading


@pytest.fixture(scope="session")
def coodie_schema():
    return [Reading, Pair, Lower, Animal]


def keys(found):
    return [(each.sensor, each.at) for each in found]


def everything(count, each=4):
    return [(sensor, at) for sensor in range(count) for at in range(each)]


def read(scan, most=None):
    """The documents of a scan, or so many of them."""
    found = []
    if most == 0:
        return found
    for document in scan:
        found.append(document)
        if len(found) == most:
            break
    return found


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_each_row_is_handed_out_once_while_other_rows_are_written(coodie_memory, concurrency):
    fill(60)
    found = []
    for reading in Reading.scan(concurrency=concurrency, fetch_size=3):
        found.append(reading)
        Reading(sensor=len(found), at=100, value=1).save()
        Reading(sensor=1000 + len(found), at=0).save()
        if reading.at == 0 and reading.sensor < 60:
            reading.update(value=7)
    seen = keys(found)
    assert len(seen) == len(set(seen))
    assert set(everything(60)) <= set(seen)


def test_a_scan_sends_ranges_of_tokens_that_make_up_the_ring(coodie_memory):
    assert read(Pair.scan(concurrency=2)) == []
    texts = {call.cql for call in coodie_memory.calls}
    assert texts == {
        'SELECT a, "token", v FROM coodie_test.pair WHERE token(a, "token") > ? AND token(a, "token") <= ?'
    }
    ranges = sorted(call.values for call in coodie_memory.calls)
    assert [after for after, _ in ranges] == [-(2**63), *(upto for _, upto in ranges[:-1])]
    assert (ranges[-1][1], len(ranges)) == (2**63 - 1, 16)
    assert {call.request.options.fetch_size for call in coodie_memory.calls} == {1000}


def test_options_of_a_scan_reach_each_request(coodie_memory):
    fill(5)
    with coodie_memory.listening() as sent:
        options = {"fetch_size": 7, "only": ["value"], "consistency": "ONE", "timeout": 3}
        found = read(Reading.scan(concurrency=1, **options))
    assert {call.cql.partition(" WHERE")[0] for call in sent} == {"SELECT sensor, at, value FROM coodie_test.reading"}
    assert {
        (call.request.options.consistency, call.request.options.timeout, call.request.options.fetch_size)
        for call in sent
    } == {("ONE", 3, 7)}
    assert len(sent) == 3
    assert (sorted(keys(found)), found[0].changes()) == (everything(5), set())


def test_no_more_pages_are_read_ahead_than_are_read_at_the_same_time(coodie_memory):
    fill(40)
    with coodie_memory.listening() as sent:
        for _ in Reading.scan(concurrency=3, fetch_size=1):
            break
    assert len(sent) <= 30  # ranges without rows are passed over
    with coodie_memory.listening() as sent:
        found = []
        for reading in Reading.scan(concurrency=1, fetch_size=10):
            found.append(reading)
            assert len(sent) <= 2 + len(found) // 10


@pytest.mark.parametrize(("concurrency", "fetch_size"), [(1, 5), (3, 2), (8, 1000)])
def test_a_state_covers_exactly_what_was_handed_out(coodie_memory, concurrency, fetch_size):
    fill(6, 5)
    for count in (0, 1, 7, 10, 29, 30):
        scan = Reading.scan(concurrency=concurrency, fetch_size=fetch_size)
        before = read(scan, count)
        state = scan.state()
        assert isinstance(state, str)
        rest = read(Reading.scan(concurrency=2, fetch_size=3, state=state))
        assert sorted(keys(before + rest)) == everything(6, 5)


def test_a_state_is_right_when_rows_came_and_went_meanwhile(coodie_memory):
    fill(1, 30)
    for count in (1, 5, 9, 10, 19):
        scan = Reading.scan(concurrency=1, fetch_size=10)
        before = read(scan, count)
        state = scan.state()
        for at in (-1, -2, -3):
            Reading(sensor=0, at=at).save()
        Reading(sensor=0, at=0).delete()
        scan = Reading.scan(concurrency=1, fetch_size=10, state=state)
        middle = read(scan, 1)
        rest = read(Reading.scan(concurrency=1, fetch_size=10, state=scan.state()))
        found = [at for _, at in keys(before + middle + rest) if at > 0]
        assert sorted(found) == list(range(1, 30))
        for at in (-1, -2, -3):
            Reading(sensor=0, at=at).delete()
        Reading(sensor=0, at=0).save()


def test_the_state_of_a_state_goes_on_too_to_the_end(coodie_memory):
    fill(4)
    state, found = None, []
    for _ in range(20):
        scan = Reading.scan(concurrency=2, fetch_size=3, state=state)
        found += read(scan, 1)
        state = scan.state()
    assert sorted(keys(found)) == everything(4)
    scan = Reading.scan(state=state)
    assert (read(scan), scan.progress) == ([], 1.0)


def test_a_loop_that_begins_after_another_goes_on_behind_it(coodie_memory):
    fill(5)
    scan = Reading.scan(concurrency=2, fetch_size=3)
    found = read(scan, 7)
    assert 0 <= scan.progress < 1
    found += read(scan)
    assert sorted(keys(found)) == everything(5)
    assert read(scan) == []


def test_two_loops_at_the_same_time_are_refused(coodie_memory):
    fill(5)
    scan = Reading.scan(concurrency=1, fetch_size=1)

    def read_inside():
        for _ in scan:
            read(scan, 1)

    with pytest.raises(InvalidQueryError, match="another loop"):
        read_inside()


def test_a_state_knows_a_key_as_it_is_in_the_table(coodie_memory):
    for id_ in ("Ann", "BOB", "Cleo", "dan"):
        coodie_memory.inner.execute(_insert(id_))
    for count in range(5):
        scan = Lower.scan(concurrency=1)
        before = read(scan, count)
        rest = read(Lower.scan(state=scan.state()))
        assert sorted(each.id for each in before + rest) == ["ann", "bob", "cleo", "dan"]


def _insert(id_):
    return Statement("INSERT INTO coodie_test.lower (id) VALUES (?)", (id_,))


def test_the_handler_gets_each_row_that_does_not_fit_once(coodie_memory):
    fill(6)
    for sensor in (1, 3):
        Reading(sensor=sensor, at=2).delete_columns("value")
    with pytest.raises(DecodeError):
        read(Strict.scan())
    errors, found, state = [], [], None
    for _ in range(30):
        scan = Strict.scan(concurrency=1, fetch_size=6, state=state, unreadable=errors.append)
        found += read(scan, 1)
        state = scan.state()
    assert sorted(keys(found)) == [each for each in everything(6) if each not in [(1, 2), (3, 2)]]
    assert sorted(error.key["sensor"] for error in errors) == [1, 3]


def test_partitions_of_static_values_alone_are_passed_over(coodie_memory):
    fill(2)
    Reading.find(sensor=9).update(room="hall")
    assert sorted(keys(read(Reading.scan()))) == everything(2)


def test_classes_that_share_a_table_are_read_as_what_they_are(coodie_memory):
    for number in range(6):
        (Dog if number % 2 else Cat)(id=number).save()
    assert sorted((each.id, type(each)) for each in read(Animal.scan()))[:2] == [(0, Cat), (1, Dog)]
    found, state = [], None
    for _ in range(4):
        scan = Dog.scan(concurrency=1, state=state)
        found += read(scan, 1)
        state = scan.state()
    assert sorted(each.id for each in found) == [1, 3, 5]


def test_a_view_is_scanned_by_its_own_key(coodie_recorder):
    coodie_recorder.on("select", table=ReadingByTime).returns([{"at": 1, "sensor": 2}])
    (found,) = read(ReadingByTime.scan(concurrency=1))
    assert (found.at, coodie_recorder.last.cql[-38:]) == (1, "WHERE token(at) > ? AND token(at) <= ?")


def test_a_busy_cluster_is_asked_again_with_growing_pauses(coodie_recorder, coodie_clock):
    before = coodie_clock.now()
    coodie_recorder.on("select", table=Pair).raises(faults.overloaded()).times(3)
    coodie_recorder.on("select", table=Pair).returns([{"a": 1, "token": "t", "v": 2}])
    (found,) = read(Pair.scan(concurrency=1))
    assert found.v == 2
    assert (coodie_clock.now() - before).total_seconds() == pytest.approx(0.25 + 0.5 + 1)


def test_after_so_many_attempts_the_error_is_raised_and_the_state_holds(coodie_recorder):
    coodie_recorder.on("select", table=Pair).raises(faults.overloaded()).times(2)
    scan = Pair.scan(concurrency=1, attempts=2)
    with pytest.raises(Overloaded):
        read(scan)
    coodie_recorder.on("select", table=Pair).returns([{"a": 1, "token": "t", "v": 2}])
    assert [each.a for each in read(Pair.scan(state=scan.state()))] == [1]


def test_a_rate_is_kept_by_pausing(coodie_memory, coodie_clock):
    fill(5)
    before = coodie_clock.now()
    assert len(read(Reading.scan(concurrency=1, fetch_size=10, rate=1))) == 20
    assert (coodie_clock.now() - before).total_seconds() >= 9


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"concurrency": 0}, "concurrency= takes a positive whole number, not 0"),
        ({"concurrency": True}, "concurrency="),
        ({"concurrency": 10**9}, "concurrency= takes at most 125,000"),
        ({"fetch_size": 0}, "fetch_size="),
        ({"attempts": 0}, "attempts="),
        ({"rate": 0}, "rate= takes a positive number"),
        ({"only": "value"}, "only= takes a list of names"),
        ({"only": ["valeu"]}, "did you mean 'value'"),
        ({"unreadable": 5}, "unreadable= takes a plain function"),
        ({"consistency": "on"}, "did you mean"),
        ({"timeout": 0}, "timeout must be"),
        ({"state": b"x"}, "state= takes the text"),
        ({"state": "secret"}, "is not a text that state()"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(coodie_recorder, options, said):
    if "only" in options:
        said = said if options["only"] == "value" else "valeu"
    with pytest.raises(InvalidQueryError) as caught:
        Reading.scan(**options)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_state_of_another_table_or_split_and_a_cut_one_are_refused(coodie_memory):
    state = Reading.scan().state()
    with pytest.raises(InvalidQueryError, match="of a scan of the table reading, not of the table pair"):
        Pair.scan(state=state)
    first, second = Reading.splits(2)
    with pytest.raises(InvalidQueryError, match="of split 0 of 2 of reading, not of split 1 of 2 of reading"):
        read_split(second, state=read_split(first).state())
    for cut in range(len(state)):
        with pytest.raises(InvalidQueryError, match="state="):
            Reading.scan(state=state[:cut])


@pytest.mark.parametrize(
    "content",
    [
        b" " * 2**27,
        b'[1,"the table reading","9999999999:0-9999999998",{}]',
        b'[1,"the table reading","64:0-9999999998",{}]',
        b'[1,"the table reading","64:5-3",{}]',
        b'[1,"the table reading","0:",{}]',
    ],
    ids=["spaces", "ranges", "finished", "backwards", "none"],
)
def test_a_made_up_state_takes_no_memory(content):
    state = urlsafe_b64encode(zlib.compress(content)).decode()
    with pytest.raises(InvalidQueryError, match="state="):
        Reading.scan(state=state)


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_splits_make_up_the_table(coodie_memory, count):
    fill(12)
    splits = Reading.splits(count)
    assert [split.count for split in splits] == [count] * count
    found = []
    for split in splits:
        assert isinstance(split, Split)
        again = pickle.loads(pickle.dumps(split))
        assert (again, again.tokens) == (split, split.tokens)
        found += read(read_split(again, fetch_size=2))
    assert sorted(keys(found)) == everything(12)


def test_scans_splits_and_many_keys_go_where_the_model_is_bound_to(coodie_recorder):
    coodie_recorder.on("select", table=Lower).returns([{"id": "ann"}]).times(3)
    there = Lower.using(keyspace="t42")
    (split,) = there.splits(1)
    found = read(read_split(pickle.loads(pickle.dumps(split))))
    found += read(there.scan(concurrency=1))
    found += get_many(there, ["ann"])
    assert [call.cql.partition(" WHERE")[0] for call in coodie_recorder.calls] == ["SELECT id FROM t42.lower"] * 3
    coodie_recorder.on("insert").returns_nothing()
    for document in found:
        document.save(full=True)
        assert coodie_recorder.last.cql == "INSERT INTO t42.lower (id) VALUES (?)"


def test_a_split_says_what_it_is_and_there_is_one_at_least(coodie_recorder):
    (split,) = Pair.splits(1)
    assert repr(split) == "<split 0 of 1 of Pair>"
    with pytest.raises(InvalidQueryError, match=r"splits\(\) takes a positive whole number, not 0"):
        Pair.splits(0)
