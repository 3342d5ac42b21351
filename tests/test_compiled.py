"""Code that is written out and compiled is as visible as code in files, and is gone with the function."""

from __future__ import annotations

import gc
import inspect
import linecache
import traceback

import pytest

from coodie._compiled import compiled

SOURCE = "lambda row: (\n    row[0],\n    halve(row[1]),\n)"


def halve(value: int) -> int:
    return value // 2


def test_tracebacks_show_the_line() -> None:
    function = compiled(SOURCE, {"halve": halve}, "two values")
    assert function((1, 4)) == (1, 2)
    with pytest.raises(TypeError) as caught:
        function((1, "4"))
    shown = "".join(traceback.format_exception(caught.value))
    assert "two values" in shown
    assert "halve(row[1])," in shown


def test_the_source_can_be_asked_for() -> None:
    assert inspect.getsource(compiled(SOURCE, {"halve": halve}, "two values")) == SOURCE


def test_two_of_one_name_do_not_hide_each_other() -> None:
    one, other = (compiled(f"lambda: {number}", {}, "a number") for number in (1, 2))
    assert (inspect.getsource(one), inspect.getsource(other)) == ("lambda: 1", "lambda: 2")


def test_nothing_of_it_stays() -> None:
    function = compiled(SOURCE, {"halve": halve}, "two values that go")
    file = function.__code__.co_filename
    linecache.checkcache()
    assert linecache.getline(file, 2) == "    row[0],\n"
    del function
    gc.collect()
    assert linecache.getline(file, 2) == ""
