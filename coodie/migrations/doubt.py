"""Settles what became of the statement that was under way when a run stopped."""

from __future__ import annotations

from coodie._errors import InvalidQueryError, MigrationError
from coodie.cql.nodes import Node
from coodie.cql.parsing.statements import parse
from coodie.migrations.entry import Entry, State
from coodie.migrations.happened import happened, is_schema, repeats
from coodie.migrations.planning import Step
from coodie.migrations.qualify import qualified
from coodie.migrations.repeatable import idempotent
from coodie.migrations.sending import found
from coodie.plans.plan import Flow


def settle(keyspace: str, step: Step) -> Flow[bool]:
    """Whether the first statement of the step, which an earlier run may have sent, has happened.

    Raises `MigrationError` if nobody can know, and for a statement that was edited after it happened.
    """
    entry, number = step.entry, step.first
    if entry is None or step.sure or not step.resumes or entry.tried != number or entry.statement is None:
        return False
    try:
        node = parse(entry.statement)
    except InvalidQueryError:
        return False  # written by a coodie that knew more
    if not (yield from _has_happened(keyspace, step, entry, node)):
        return False
    part = step.migration.part(step.direction)
    if number > len(part) or part[number - 1].checksum != entry.checksums[number - 1]:
        raise MigrationError(
            f"{step.migration.path}: statement {number} was edited or taken out, but has happened as it was; put it "
            f"back, and write the change as one more statement:\n  {entry.statement}"
        )
    return True


def _has_happened(keyspace: str, step: Step, entry: Entry, node: Node) -> Flow[bool]:
    in_doubt = entry.state is State.RUNNING or entry.unsure
    if is_schema(node):
        if happened((yield from found(keyspace)), qualified(node, keyspace)):
            return True
        settled = repeats(node)
    else:
        settled = idempotent(node)
    if in_doubt and not settled:
        number = step.first
        raise MigrationError(
            f"{step.migration.path}: a run stopped while statement {number} was under way, and nobody can know whether "
            f"it happened:\n  {entry.statement}\nLook at the data, then give resume_at={number} to send it again, or "
            f"resume_at={number + 1} to go on behind it"
        )
    return False
