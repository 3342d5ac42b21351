"""Saves recorded calls to a file and reads them back: one JSON object per line, suitable for review.

Only CQL values are written and read, each with the name of its type; nothing is ever evaluated. Redacted values are not
in the file at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from coodie._words import a_type
from coodie.cql.codecs.codec import Codec
from coodie.cql.message import UNSET, Page, Statement, mark_names
from coodie.cql.natives import WIDEST
from coodie.cql.values import Duration, Secret, SecretBlob, UdtValue, Unreadable
from coodie.drivers import errors
from coodie.testing.arguments import names
from coodie.testing.calls import Call
from coodie.testing.matchers import ANY

FORMAT: Final = 1

Redact: TypeAlias = Collection[str]
"""Names of columns and marks whose values are left out of the file."""


def write(path: Path, calls: Iterable[Call], redact: Redact) -> None:
    """Write the calls that were answered with a page or an error. Raises TypeError for a value that is not CQL's.

    Secrets are left out of the file, together with all values of their columns.
    """
    calls = list(calls)
    redact = frozenset({*names("redact", redact), *_secret_columns(calls)})
    lines = [json.dumps({"coodie tape": FORMAT})]
    lines += [json.dumps(_call(call, redact), ensure_ascii=False) for call in calls if _answered(call)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _answered(call: Call) -> bool:
    """Whether a driver answered the call, which was thus neither refused nor cancelled nor a failure of the test."""
    return call.page is not None or isinstance(call.error, errors.DriverError)


def read(path: Path) -> list[Entry]:
    """The calls of the file, in order. Raises ValueError for a file of another format."""
    # Not splitlines(): a bound text may contain Unicode line separators, which JSON does not escape.
    lines = list(filter(None, path.read_text(encoding="utf-8").split("\n")))
    try:
        head, *calls = map(json.loads, lines or ["null"])
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path} is not a recording of format {FORMAT}: {error}; record it anew with save()"
        ) from error
    if head != {"coodie tape": FORMAT} or not all(map(_is_call, calls)):
        raise ValueError(f"{path} is not a recording of format {FORMAT}; record it anew with save()")
    return list(map(Entry, calls))


def _is_call(entry: Any) -> bool:
    return isinstance(entry, dict) and "statements" in entry and ("page" in entry or "error" in entry)


class Entry:
    """One call of a file, to be matched and answered."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self._entry = entry

    @property
    def statements(self) -> list[tuple[str, list[Any]]]:
        """The text and values of each statement; a redacted value is `ANY`."""
        return [(one["cql"], [_decoded(value) for value in one["values"]]) for one in self._entry["statements"]]

    @property
    def batch(self) -> str | None:
        """``logged``, ``unlogged`` or ``counter``; None for a single statement."""
        return self._entry.get("batch")

    @property
    def paging_state(self) -> bytes | None:
        """The paging state from which the call continued."""
        state = self._entry.get("paging_state")
        return bytes.fromhex(state) if state is not None else None

    @property
    def answer(self) -> Page | errors.DriverError:
        """The page or error that was the answer."""
        if "error" in self._entry:
            return _error(self._entry["error"])
        page = self._entry["page"]
        rows = [tuple(map(_decoded_answer, row)) for row in page["rows"]]
        state = page.get("paging_state")
        return Page(tuple(page["columns"]), rows, bytes.fromhex(state) if state is not None else None)


def _call(call: Call, redact: frozenset[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"statements": [_statement(one, redact) for one in call.statements]}
    if call.batch_kind is not None:
        entry["batch"] = call.batch_kind
    if call.request.options.paging_state is not None:
        entry["paging_state"] = call.request.options.paging_state.hex()
    if call.error is not None:
        entry["error"] = _written_error(call.error)
    elif call.page is not None:
        entry["page"] = _page(call.page, redact)
    return entry


def _statement(statement: Statement, redact: frozenset[str]) -> dict[str, Any]:
    values = zip(mark_names(statement), statement.values, strict=True)
    hidden = [(_is_redacted(name.split("#")[0], redact) or is_secret(value), value) for name, value in values]
    return {"cql": statement.cql, "values": [_REDACTED if hide else _encoded(value) for hide, value in hidden]}


def _secret_columns(calls: Iterable[Call]) -> Iterator[str]:
    for statement in (one for call in calls for one in call.statements):
        for name, value in zip(mark_names(statement), statement.values, strict=False):
            if is_secret(value):
                yield from columns_in(name.split("#")[0])


def is_secret(value: Any) -> bool:
    """Whether a value contains a secret, at any depth."""
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        return is_secret([*pairs, *pairs.values()])
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(is_secret, cast("Iterable[Any]", value)))
    return isinstance(value, (Secret, SecretBlob))


def _is_redacted(name: str, redact: frozenset[str]) -> bool:
    whole_row = name == "[json]" and bool(redact)
    return whole_row or name in redact or not redact.isdisjoint(columns_in(name))


def columns_in(name: str) -> list[str]:
    """The columns named in a mark, or in the name of an answer's column: ``value(tags)``, ``address.zip``."""
    return [] if name.startswith("[") else _COLUMN.findall(name)


_COLUMN: Final = re.compile(r"[^().,\[\] ]+(?=[).,\[\] ]|$)")


def _page(page: Page, redact: frozenset[str]) -> dict[str, Any]:
    hidden = [_is_redacted(name, redact) for name in page.columns]
    rows = [
        [_REDACTED if hide and value is not None else _encoded(value) for value, hide in zip(row, hidden, strict=True)]
        for row in page.rows
    ]
    entry: dict[str, Any] = {"columns": page.columns, "rows": rows}
    if page.paging_state is not None:
        entry["paging_state"] = page.paging_state.hex()
    return entry


def _written_error(error: BaseException) -> dict[str, Any]:
    entry = {"type": type(error).__name__, "message": str(error)}
    write_type = getattr(error, "write_type", None)
    return {**entry, "write_type": write_type} if write_type is not None else entry


def _error(entry: Mapping[str, Any]) -> errors.DriverError:
    found = getattr(errors, entry["type"], None)
    if not isinstance(found, type) or not issubclass(found, errors.DriverError):
        raise ValueError(f"a recording cannot raise {entry['type']}, only the errors of a driver")
    if issubclass(found, errors.OutcomeUnknown):
        return found(entry["message"], write_type=entry.get("write_type"))
    return found(entry["message"])


_REDACTED: Final = {"redacted": True}

_Ways: TypeAlias = tuple[Callable[[Any], Any], Callable[[Any], Any]]

_READABLE: Final[dict[str, _Ways]] = {
    "uuid": (str, UUID),
    "timestamp": (datetime.isoformat, datetime.fromisoformat),
    "date": (date.isoformat, date.fromisoformat),
    "time": (time.isoformat, time.fromisoformat),
    "decimal": (str, Decimal),
    "varint": (hex, lambda text: int(text, 16)),  # in linear time, whatever its size
    "inet": (str, ip_address),
    "double": (repr, float),
    "duration": (lambda value: [value.months, value.days, value.nanoseconds], lambda parts: Duration(*parts)),
}
"""The native types whose values are written in readable form; all others are written as their bytes."""


def _as_bytes(codec: Codec) -> _Ways:
    return (lambda value: codec.encode(value).hex()), (lambda text: codec.decode(bytes.fromhex(text)))


_CODECS: Final[dict[type, tuple[str, _Ways]]] = {
    **{kind: (row.name, _READABLE.get(row.name) or _as_bytes(row.codec)) for kind, row in WIDEST.items()},
    list: ("list", (lambda value: [_encoded(item) for item in value], lambda items: [_decoded(i) for i in items])),
    tuple: ("tuple", (lambda value: [_encoded(item) for item in value], lambda items: tuple(map(_decoded, items)))),
    set: ("set", (lambda value: _encoded_set(value), lambda items: set(map(_decoded, items)))),
    frozenset: ("frozenset", (lambda value: _encoded_set(value), lambda items: frozenset(map(_decoded, items)))),
    Unreadable: ("unreadable", (lambda value: [value.why, value.number], lambda parts: Unreadable(*parts))),
    UdtValue: ("udt", (lambda value: _pairs(value), lambda pairs: UdtValue(_unpaired(pairs)))),
    dict: ("map", (lambda value: _pairs(value), lambda pairs: _unpaired(pairs))),
}
_DECODERS: Final = {name: decode for name, (_, decode) in _CODECS.values()}


def _encoded(value: Any) -> Any:
    """A value as JSON, with the name of its type if JSON has no such type."""
    if value is None or isinstance(value, (bool, str)) or _is_short(value):
        return value
    if value is UNSET:
        return {"unset": True}
    for kind in type(value).__mro__:
        if kind in _CODECS:
            name, (encode, _) = _CODECS[kind]
            return {name: encode(value)}
    raise TypeError(f"{a_type(value)} is not a CQL value and cannot be saved")


def _is_short(value: Any) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**63


def _encoded_set(value: Collection[Any]) -> list[Any]:
    return sorted(map(_encoded, value), key=lambda item: json.dumps(item))


def _pairs(value: Mapping[Any, Any]) -> list[Any]:
    return [[_encoded(key), _encoded(item)] for key, item in value.items()]


def _unpaired(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    return {_decoded(key): _decoded(item) for key, item in pairs}


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((name, inside),) = cast("dict[str, Any]", value).items()
    if name == "redacted":
        return ANY
    if name == "unset":
        return UNSET
    if name not in _DECODERS:
        raise ValueError(f"a recording holds no values of type {name!r}")
    return _DECODERS[name](inside)


def _decoded_answer(value: Any) -> Any:
    """A value of an answer; a redacted one is null, since the original is not recorded."""
    return None if value == _REDACTED else _decoded(value)
