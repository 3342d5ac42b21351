"""The page about the command line: its recorded session is replayed, and it has every command with every option."""

import re
import shlex
from pathlib import Path

import pytest
from command_line import commands, masked

PAGE = Path(__file__).resolve().parents[2] / "docs/command-line.md"
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
SESSION = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
CALL = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
EXIT = re.compile(r"\(exit status (\d+)\)\n\Z")


def test_the_recorded_session_is_what_happens(empty):
    place = 0
    text = PAGE.read_text("utf-8")
    for found in sorted([*FILE.finditer(text), *SESSION.finditer(text)], key=lambda each: each.start()):
        if found.re is FILE:
            empty.write({found[1]: found[2]})
            continue
        for command, printed in CALL.findall(found[1]):
            program, *arguments = shlex.split(command)
            if program != "coodie":
                assert masked(empty.read(newest(empty, arguments[0]))) == masked(printed), command
                continue
            arguments = [each.replace("20261128T141500", key(empty)) for each in arguments]
            ended = empty(*arguments)
            status = EXIT.search(printed)
            assert ended.status == (int(status[1]) if status else 0), ended
            assert masked(ended.out + ended.err) == masked(EXIT.sub("", printed)), command
            place += 1
    assert place > 10


def newest(project, pattern: str) -> str:
    """The path of a file whose name has the time at which it was made."""
    return str(next(project.folder.glob(pattern)).relative_to(project.folder))


def key(project) -> str:
    """The time in the name of the last migration."""
    return max((each.name for each in project.folder.glob("migrations/*.cql")), default="").partition("_")[0]


@pytest.mark.parametrize("command", commands())
def test_the_page_has_each_command_with_its_options(empty, command):
    text = PAGE.read_text("utf-8")
    help_text = empty(*command.split(), "--help").out
    if "Commands:" in help_text:
        return
    part = re.search(rf"\| `coodie {command}[^|]*\|.*", text)
    assert part is not None
    common = {"--env", "--json", "--help", "--hosts", "--connect", "--timeout", "--keyspace", "--migrations"}
    common |= {"--models", "--datacenters"}
    for option in {*re.findall(r"^  (--[a-z-]+)", help_text, re.MULTILINE)} - common:
        assert option in part[0], option
