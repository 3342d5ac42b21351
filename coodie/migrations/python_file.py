"""Reads a migration in Python: a docstring as its description, ``async def up(m)``, and ``async def down(m)``.

The file is read, but not executed, until it runs.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, Final

from coodie._errors import MigrationError
from coodie.migrations.cql_file import checksum_of
from coodie.migrations.migration import DOWN, UP, Kind, Migration

_WAYS: Final = (UP, DOWN)


def read_python(path: Path, script: str) -> Migration:
    """The migration of a file. Raises `MigrationError` with line and column for what is wrong in it."""
    try:
        tree = ast.parse(script, str(path))
    except SyntaxError as error:
        raise MigrationError(f"{path}:{error.lineno or 1}:{error.offset or 1}: {error.msg}") from error
    functions = {
        each.name: each
        for each in tree.body
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name in _WAYS
    }
    for name, function in functions.items():
        arguments = [*function.args.posonlyargs, *function.args.args]
        if isinstance(function, ast.FunctionDef) or len(arguments) != 1:
            raise MigrationError(f"{path}:{function.lineno}:{function.col_offset + 1}: write `async def {name}(m):`")
    if UP not in functions:
        raise MigrationError(f"{path}:1:1: a migration in Python needs `async def up(m):`")
    description = " ".join((ast.get_docstring(tree) or "").split())
    checksum = checksum_of(_without_comments(script))
    return Migration(
        path.stem, path, description, Kind.UP, (), None, checksum, script, python=True, has_down=DOWN in functions
    )


def _without_comments(script: str) -> str:
    """The text without comments, empty lines and spaces at the ends of lines; the same on every version of Python."""
    lines = script.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(script).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column]
    return "\n".join(filter(None, map(str.rstrip, lines)))


def function_in(migration: Migration, direction: str) -> Any:
    """The function ``up`` or ``down`` of the file, which is executed as a module of its own."""
    name = f"coodie_migration_{migration.revision}"
    spec = spec_from_loader(name, None, origin=str(migration.path))
    assert spec is not None
    module = module_from_spec(spec)
    module.__file__ = str(migration.path)
    # Dataclasses and the like look their module up while it is executed.
    sys.modules[name] = module
    try:
        exec(compile(migration.script, str(migration.path), "exec"), module.__dict__)
    finally:
        del sys.modules[name]
    return getattr(module, direction)
