"""A script of CQL taken apart into its statements."""

from __future__ import annotations

from collections.abc import Iterator

from coodie.cql.lexer import tokens


def statements_of(script: str) -> Iterator[str]:
    """The statements between the ``;`` of a script; those of a batch stay together. Comments stay where they are."""
    return (script[start:end] for start, end in places_of(script))


def places_of(script: str) -> Iterator[tuple[int, int]]:
    """Where each statement of a script begins and ends."""
    start: int | None = None
    end = 0
    in_batch = False
    words: list[str] = []
    for token in tokens(script):
        word = script[token.start : token.end].upper()
        if word == ";" and not in_batch:
            if start is not None:
                yield start, end
            start, words = None, []
            continue
        if start is None:
            start = token.start
        words.append(word)
        end = token.end
        if words[0] == "BEGIN":
            in_batch = words[-2:] != ["APPLY", "BATCH"]
    if start is not None:
        yield start, end
