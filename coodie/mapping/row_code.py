"""The functions that are generated for the rows of a model: from documents to rows, and from rows to dictionaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from coodie._compiled import compiled
from coodie.mapping.columns import Field, Row
from coodie.mapping.natives import Convert
from coodie.mapping.validation import Unfit


def encoder_of_all(
    model: str,
    encoders: Sequence[tuple[str, Convert | None]],
    keys: Sequence[str],
    validators: Mapping[str, Convert] | None = None,
) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The generated function that encodes all of these fields, which must be set; it takes a third of a loop's time.

    It raises one of `UNENCODABLE` for a value that is missing or does not fit, and for a null in the key. Values of
    fields with one of ``validators`` go through it first.
    """
    row, scope = _row_source(encoders, keys, validators or {})
    maker: Callable[[Mapping[str, Any]], tuple[Any, ...]] = compiled(f"lambda data: {row}", scope, f"values of {model}")
    return maker


def sure_encoder(
    model: str,
    encoders: Sequence[tuple[str, Convert | None]],
    keys: Sequence[str],
    types: Sequence[frozenset[type[Any]]] | None,
) -> Callable[[Mapping[str, Any], set[str]], Row | None]:
    """The function for the row of a document with all fields set, if its values certainly need no further check.

    That is so if they are of the classes ``types``. It takes the values and the names of the fields that were set,
    returns None for any other document, and raises as that of `encoder_of_all` does.
    """
    if types is None:
        return lambda data, assigned: None
    row, scope = _row_source(encoders, keys, {})
    tests, classes = _class_tests(types)
    names = frozenset(name for name, _ in encoders)
    source = f"lambda data, assigned: row if assigned >= names and (row := {row}){tests} else None"
    function: Callable[[Mapping[str, Any], set[str]], Row | None] = compiled(
        source, {**scope, **classes, "names": names}, f"checked values of {model}"
    )
    return function


def _row_source(
    encoders: Sequence[tuple[str, Convert | None]], keys: Sequence[str], validators: Mapping[str, Convert]
) -> tuple[str, dict[str, Any]]:
    """The source of the tuple of all border values in ``data``, and the values of its free names."""
    scope: dict[str, Any] = {"no_null": _no_null}
    items: list[str] = []
    for place, (name, encode) in enumerate(encoders):
        item, bound, validate = f"data[{name!r}]", "v", validators.get(name)
        if validate is not None:
            scope[f"c{place}"], bound = validate, f"c{place}(v)"
        if encode is not None:
            scope[f"e{place}"], bound = encode, f"e{place}({bound})"
        if bound != "v" or name in keys:
            item = f"{bound} if (v := {item}) is not None else {'no_null()' if name in keys else None}"
        items.append(item)
    lines = ",\n    ".join(items)
    return f"(\n    {lines},\n)", scope


def _no_null() -> NoReturn:
    raise Unfit("no part of a key can be null")


def null_finder(model: str, fields: Sequence[Field | None]) -> Callable[[Sequence[Row]], list[int]]:
    """The function that finds rows with a null in a column that allows it; Pydantic reports the others.

    The generated code tests only these columns; ``None in row`` would compare every value.
    """
    places = [
        place
        for place, field in enumerate(fields)
        if field is not None and (field.optional or field.is_collection or not field.required)
    ]
    if not places:
        return lambda rows: []
    test = " or ".join(f"row[{place}] is None" for place in places)
    finder: Callable[[Sequence[Row]], list[int]] = compiled(
        f"lambda rows: [n for n, row in enumerate(rows) if {test}]", {}, f"rows of {model} with a null"
    )
    return finder


def class_test(model: str, types: Sequence[frozenset[type[Any]]]) -> Callable[[Row], bool]:
    """The generated function that tells whether each value of a row is of one of the classes for its column."""
    tests, scope = _class_tests(types)
    test: Callable[[Row], bool] = compiled(f"lambda row: True{tests}", scope, f"classes in rows of {model}")
    return test


def _class_tests(types: Sequence[frozenset[type[Any]]]) -> tuple[str, dict[str, Any]]:
    """The source that tests the class of each value of ``row``, each after an ``and``, and the values of its free
    names.
    """
    tests = [f" and type(row[{place}]) {'is' if len(each) == 1 else 'in'} t{place}" for place, each in enumerate(types)]
    scope = {f"t{place}": next(iter(each)) if len(each) == 1 else each for place, each in enumerate(types)}
    return "".join(tests), scope


def dict_maker(model: str, fields: Sequence[Field | None]) -> Callable[[Sequence[Row]], list[dict[str, Any]]]:
    """The function that makes dictionaries of rows, generated for these columns: four times faster than zip()."""
    scope: dict[str, Any] = {}
    items: list[str] = []
    for place, field in enumerate(fields):
        if field is None:
            continue
        value = f"v{place}"
        if field.codec.decode is not None:
            scope[f"d{place}"] = field.codec.decode
            value = f"None if v{place} is None else d{place}(v{place})"
        items.append(f"{field.name!r}: {value}")
    names = "".join(f"v{place}, " for place in range(len(fields)))
    lines = ",\n    ".join(items)
    maker: Callable[[Sequence[Row]], list[dict[str, Any]]] = compiled(
        f"lambda rows: [{{\n    {lines}\n}} for {names}in rows]", scope, f"rows of {model} as dictionaries"
    )
    return maker
