"""Statements, changed at random, put to PREPARE on the server and on the engine.

``COODIE_HOSTS=host:port python -m tests_integration.memory.statements COUNT [SEED]``. No data is needed: both refuse
with one code and one text, or both tell the same marks and result columns. The seeds are the statements of the corpus;
a change drops, doubles, swaps or replaces a token.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random

from coodie.cql.lexer import token_kind, tokens
from coodie.exceptions import InvalidQueryError
from coodie.testing.clock import Clock
from coodie.testing.memory.engine import Engine
from coodie.testing.memory.errors.base import CqlError, NotSupportedByMemoryDriver
from tests_integration.memory import raw
from tests_integration.memory.line import Flow, Line, asked, prepared, shown
from tests_integration.memory.play import CORPUS, KEYSPACE, parts, settled
from tests_integration.server import find_cluster

SYNTAX, SERVER_ERROR = 0x2000, 0x0000
SCHEMA = (CORPUS / "functions.cql", CORPUS / "facts_prepare.cql", CORPUS / "facts_indexes.cql")
WIDTH = 16
"""How many are in flight."""
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "BEGIN")


@dataclass(frozen=True)
class Difference:
    """What the two say to one statement."""

    text: str
    server: str
    engine: str
    kind: str
    """Whether code or columns differ, or the texts of two errors of one code."""


def schema() -> list[str]:
    """The tables of the corpus: types first, each name once."""
    found: dict[str, str] = {}
    for path in SCHEMA:
        for line in path.read_text(encoding="utf-8").splitlines():
            named = re.match(r"CREATE (?:TYPE|TABLE|INDEX|CUSTOM INDEX) (\w+)", line)
            if named is not None and "(a int)" not in line:
                found.setdefault(named[1], line)
    return sorted(found.values(), key=lambda line: ("TABLE" not in line) + 2 * ("INDEX" in line) - 3 * ("TYPE" in line))


def seeds() -> list[str]:
    """Each statement on data of the corpus, once."""
    found: dict[str, None] = {}
    for path in sorted(CORPUS.glob("*.cql")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("SET "):
                line = f"UPDATE ty {line} WHERE k = 2"
            text = parts(line)[1]
            if text.startswith(VERBS) and "system" not in text and whole(text):
                found[text] = None
    return list(found)


def whole(text: str) -> bool:
    """Whether it is made of tokens."""
    try:
        return bool(tokens(text))
    except InvalidQueryError:
        return False


def changed(texts: list[str], random: Random, pool: dict[str, list[str]]) -> str:
    """A statement with one or two of its tokens changed, most often for others of their kind."""
    texts = list(texts)
    for _ in range(random.choice((1, 1, 1, 2))):
        places = [at for at, text in enumerate(texts) if text.strip()]
        at, other = random.choice(places), random.choice(places)
        match random.randrange(12):
            case 0:
                texts[at] = ""
            case 1:
                texts.insert(at, f"{texts[at]} ")
            case 2:
                texts[at], texts[other] = texts[other], texts[at]
            case 3:
                texts[at] = random.choice(random.choice(list(pool.values())))
            case _:
                texts[at] = random.choice(pool.get(token_kind(texts[at]) or "", [texts[at]]))
    return "".join(texts)


def pieces(text: str) -> list[str]:
    """The tokens of a statement, and what stands between them."""
    found: list[str] = []
    end = 0
    for token in tokens(text):
        found += [text[end : token.start], token.text]
        end = token.end
    return found


def drawn(count: int, seed: int) -> Iterator[str]:
    """So many changed statements."""
    random = Random(seed)
    texts = [pieces(each) for each in seeds()]
    pool = pool_of(texts)
    for _ in range(count):
        yield changed(random.choice(texts), random, pool)


def pool_of(texts: Iterable[Iterable[str]]) -> dict[str, list[str]]:
    """The tokens of statements by their kinds."""
    found: dict[str, list[str]] = {}
    for text in sorted({text for each in texts for text in each if text.strip()}):
        found.setdefault(token_kind(text) or "", []).append(text)
    return found


def compare(engine: Engine, name: str, text: str) -> Flow[Difference | str]:
    """That they agree, what the engine has not got, or a difference."""
    there = yield from on_server(name, text)
    try:
        here = on_engine(engine, text)
    except NotSupportedByMemoryDriver as error:
        return f"unsupported: {error.feature}"
    except Exception as error:  # noqa: BLE001 - a bug of the engine is a difference
        return Difference(text, str(there), f"{type(error).__name__}: {error}", "code or columns")
    if not alike(there, here):
        if _BY_CHANCE.match(str(there[1])) or _BY_CHANCE.match(str(here[1])):
            return "sums whose type differs from one start of a server to the next"
        code = isinstance(there[0], int) and there[0] == here[0]
        return Difference(text, str(there), str(here), "text of the error" if code else "code or columns")
    return f"agree on {there[0]:#06x}" if isinstance(there[0], int) else "agree, taken"


_BY_CHANCE = re.compile(r"Unable to make (byte|short|int|long) from")
"""``123456789 + 1 + 10`` is a sum of any integers: a server takes those of a hash table's first function."""

Told = tuple[int, str] | tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


def on_server(name: str, text: str) -> Flow[Told]:
    """A code and a text, or marks and columns."""
    found = yield from prepared(re.sub(rf"\b{KEYSPACE}\b", name, text))
    if isinstance(found, raw.Answer):
        return found.code or 0, shown(settled(found.message.replace(name, KEYSPACE)))
    told = found[0]
    return marked(told.marks), tuple((column.replace(name, KEYSPACE), kind) for column, kind in told.columns)


def on_engine(engine: Engine, text: str) -> Told:
    """A code and a text, or marks and columns; a text that promises nothing is empty."""
    try:
        plan = engine.prepare(text, KEYSPACE)
    except CqlError as error:
        return error.code, shown(error.message) if error.exact else ""
    except InvalidQueryError:
        return SYNTAX, ""
    marks = marked((mark.name, wire(str(mark.type))) for mark in plan.marks)
    return marks, tuple((shown(column), wire(str(kind))) for column, kind in plan.columns)


def marked(marks: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Marks: a server names those of a function by which of its names was used first."""
    return tuple((re.sub("(from|to)_?json", r"\1_json", name), kind) for name, kind in marks)


def wire(text: str) -> str:
    """A type as the wire has it."""
    if text.startswith("frozen<") and not text.startswith("frozen<tuple"):
        return text[len("frozen<") : -1]
    return text


def alike(there: Told, here: Told) -> bool:
    """Whether the two say the same, as far as the engine promises it."""
    if isinstance(there[0], int) != isinstance(here[0], int):
        return False
    if not isinstance(there[0], int):
        return there == here
    if there[0] != here[0]:
        return False
    loose = here[0] in (SYNTAX, SERVER_ERROR) or not here[1]
    return loose or there[1] == here[1] or "Unexpected receiver type" in str(there[1])


def made(line: Line, name: str) -> Engine:
    """An engine with the tables of the server's keyspace, which is made, too."""
    engine = Engine(Clock())
    replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
    engine.execute(engine.prepare(f"CREATE KEYSPACE {KEYSPACE} WITH replication = {replication}"))
    for text in (f"CREATE KEYSPACE {name} WITH replication = {replication}", f"USE {name}", *schema()):
        answer = line.wait(asked(text))
        assert answer.code is None, answer
    for text in schema():
        engine.execute(engine.prepare(text, KEYSPACE))
    return engine


def run(line: Line, count: int, seed: int) -> tuple[Counter[str], list[Difference]]:
    """How many agreed, what was refused by name, and what differs."""
    name = f"statements_{seed}_{Random().getrandbits(32):08x}"
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    engine = made(line, name)

    def one(text: str) -> Flow[None]:
        found = yield from compare(engine, name, text)
        counts[found if isinstance(found, str) else f"different: {found.kind}"] += 1
        if isinstance(found, Difference):
            differences.append(found)

    try:
        line.together(map(one, drawn(count, seed)), WIDTH)
    finally:
        if not line.lost:
            line.drain()
            line.wait(asked(f"DROP KEYSPACE IF EXISTS {name}"))
    return counts, differences


def main(run: Callable[[Line, int, int], tuple[Counter[str], list[Difference]]], arguments: list[str]) -> int:
    """Compare COUNT statements of a SEED, and print what differs."""
    count, seed = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    with find_cluster() as cluster, Line(cluster) as line:
        counts, differences = run(line, count, seed)
    for each in differences:
        print(f"{each.text}\n    {each.kind}\n    server: {each.server[:400]}\n    engine: {each.engine[:400]}")
    print(counts)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(run, sys.argv[1:]))
