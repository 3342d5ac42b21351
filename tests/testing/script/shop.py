"""Statements about a table of users, for rules to answer."""

from coodie.cql.message import Kind, Mark, Statement
from coodie.cql.types import parse_type


class User:
    """As much of a model as a rule may ask for."""

    @classmethod
    def table_name(cls):
        return "users"


def select(where="id", *values, columns="id, email", **more):
    text = f"SELECT {columns} FROM shop.users WHERE {where} = ?"
    return Statement(text, values or (7,), kind=Kind.READ, **more)


def insert(condition=" IF NOT EXISTS", values=(7, "a@x")):
    kind = Kind.CONDITIONAL if condition else Kind.WRITE
    types = (Mark("id", parse_type("int")), Mark("email", parse_type("text")))
    return Statement(f"INSERT INTO shop.users (id, email) VALUES (?, ?){condition}", values, types, kind)


UPDATE = Statement("UPDATE shop.users SET email = ? WHERE id = ? IF email = ? AND n > ?", ("b", 7, "a", 1))


PLAIN = Statement("UPDATE shop.users USING TTL ? SET email = ?, tags = tags + ? WHERE id = ?", (60, "b", {"x"}, 7))


DELETE = Statement("DELETE email FROM shop.users WHERE id = ? AND ts > ? AND k IN ?", (7, 3, [1, 2]))
