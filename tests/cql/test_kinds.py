"""What a text of the user's does: told by its words, strings and comments left out."""

import pytest

from coodie.cql.kinds import is_batch, kind_of
from coodie.cql.message import Kind
from coodie.cql.parsing.facts import kind
from coodie.cql.parsing.statements import parse

AGREED = [
    "SELECT a FROM t",
    "INSERT INTO t (a) VALUES ('IF')",
    "INSERT INTO t JSON ? IF NOT EXISTS",
    "UPDATE t SET a = 1 WHERE b = 2 IF a = 3",
    "DELETE FROM t WHERE a = 1 IF EXISTS",
    'UPDATE t SET "if" = 1 WHERE a = 2',
    "BEGIN BATCH INSERT INTO t (a) VALUES (1) IF NOT EXISTS; APPLY BATCH",
    "CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)",
    "TRUNCATE t",
    "USE shop",
    "LIST ROLES",
    "DESCRIBE TABLES",
    "GRANT SELECT ON t TO x",
]


@pytest.mark.parametrize(
    ("cql", "kind"),
    [
        ("SELECT a FROM t", Kind.READ),
        ("  select a from t", Kind.READ),
        ("-- INSERT\nSELECT a FROM t", Kind.READ),
        ("/* x */ // y\n SELECT a FROM t", Kind.READ),
        ("INSERT INTO t (a) VALUES (1)", Kind.WRITE),
        ("INSERT INTO t (a) VALUES (1) IF NOT EXISTS", Kind.CONDITIONAL),
        ("update t set a = 1 where b = 2 if a = 3", Kind.CONDITIONAL),
        ("DELETE FROM t WHERE a = 1", Kind.WRITE),
        ("DELETE FROM t WHERE a = 1 IF EXISTS", Kind.CONDITIONAL),
        ("INSERT INTO t (a) VALUES ('IF it''s IF')", Kind.WRITE),
        ("INSERT INTO t (a) VALUES ($$ IF $$)", Kind.WRITE),
        ('UPDATE t SET "IF" = 1 WHERE a = 2', Kind.WRITE),
        ("UPDATE t SET a = 1 WHERE b = 2 -- IF", Kind.WRITE),
        ("UPDATE t SET modified = 1 WHERE b = 2", Kind.WRITE),
        ("CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)", Kind.SCHEMA),
        ("DROP TABLE t", Kind.SCHEMA),
        ("TRUNCATE t", Kind.SCHEMA),
        ("LIST ROLES", Kind.READ),
        ("DESCRIBE TABLES", Kind.READ),
        ("USE shop", Kind.SCHEMA),
        ("BEGIN BATCH INSERT INTO t (a) VALUES (1); APPLY BATCH", Kind.WRITE),
        ("BEGIN BATCH INSERT INTO t (a) VALUES (1) IF NOT EXISTS; APPLY BATCH", Kind.CONDITIONAL),
        ("", Kind.SCHEMA),
        ("SELECT 'never closed", Kind.READ),
        ("UPDATE t SET a = 'never closed IF ", Kind.CONDITIONAL),
    ],
)
def test_the_kind_of_a_text(cql, kind):
    assert kind_of(cql) is kind


@pytest.mark.parametrize("cql", AGREED)
def test_the_parser_is_of_the_same_mind(cql):
    assert kind(parse(cql)) is kind_of(cql)


@pytest.mark.parametrize(
    ("cql", "whole"),
    [
        ("begin unlogged batch apply batch", True),
        ("/* BEGIN */ INSERT INTO t (a) VALUES (1)", False),
        ('UPDATE "BEGIN" SET a = 1', False),
        ("", False),
    ],
)
def test_a_whole_batch_is_told_by_its_first_word(cql, whole):
    assert is_batch(cql) is whole
