"""`coodie schema diagram`: a keyspace as a picture."""

from html.parser import HTMLParser

import pytest

SCRIPT = """
CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
CREATE TYPE shop.place (street text, zip int);
CREATE TABLE shop.users (id int, at timestamp, home frozen<place>, tags map<text, int>, "A <b> & 'c'" text,
    kind int static, PRIMARY KEY (id, at)) WITH CLUSTERING ORDER BY (at DESC);
CREATE INDEX by_tag ON shop.users (tags);
CREATE MATERIALIZED VIEW shop.by_time AS SELECT * FROM shop.users WHERE id IS NOT NULL AND at IS NOT NULL
    PRIMARY KEY (at, id);
"""


@pytest.fixture
def shop(empty, monkeypatch):
    empty.write({"shop.cql": SCRIPT.replace("kind int static, ", "")})
    monkeypatch.setenv("COODIE_HOSTS", "memory:shop.cql")
    monkeypatch.setenv("COODIE_KEYSPACE", "shop")
    return empty


def test_mermaid_has_every_box_and_arrow(shop):
    ended = shop("schema", "diagram")
    assert ended.status == 0
    assert ended.out == (
        '---\ntitle: shop\n---\nerDiagram\n  users["users (table)"] {\n    int id PK "partition key"\n'
        '    timestamp at PK "clustering descending"\n'
        "    text A__b_____c_\n"
        "    frozen(place) home\n"
        '    map(text-int) tags "index by_tag"\n  }\n'
        '  by_time["by_time (view)"] {\n    timestamp at PK "partition key"\n    int id PK "clustering"\n'
        "    text A__b_____c_\n    frozen(place) home\n    map(text-int) tags\n  }\n"
        '  place["place (type)"] {\n    text street\n    int zip\n  }\n'
        "  users }o--|| place : has\n  by_time }o--|| users : of\n  by_time }o--|| place : has\n"
    )


def test_dot_quotes_what_it_must(shop):
    ended = shop("schema", "diagram", "--format", "dot")
    assert ended.status == 0
    assert '"users" -> "place" [label="has"];' in ended.out
    assert '"by_time" -> "users" [label="of"];' in ended.out
    assert "A &lt;b&gt; &amp; &#x27;c&#x27;" in ended.out
    assert ended.out.count("{") == ended.out.count("}")


def test_html_is_a_page_with_balanced_tags(shop):
    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.text = [], []

        def handle_starttag(self, tag, attrs):
            if tag != "meta":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

        def handle_data(self, data):
            self.text.append(data)

    assert shop("schema", "diagram", "--format", "html", "--output", "shop.html").out == "wrote shop.html\n"
    reader = Reader()
    reader.feed(shop.read("shop.html"))
    assert reader.open == []
    assert "A <b> & 'c'" in reader.text
    assert shop("schema", "diagram", "--output", "shop.html").status == 2
