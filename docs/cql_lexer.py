"""CQL for the highlighter of the pages, which has none of its own. Keywords are what is written in capitals."""

from pygments.lexer import RegexLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

TYPES = (
    "ascii|bigint|blob|boolean|counter|date|decimal|double|duration|float|frozen|inet|int|list|map|set|smallint|text|time"
    "|timestamp|timeuuid|tinyint|tuple|uuid|varchar|varint|vector"
)


class CqlLexer(RegexLexer):
    """CQL as Cassandra 5 reads it."""

    name = "CQL"
    aliases = ("cql",)
    url = "https://cassandra.apache.org/doc/latest/cassandra/developing/cql/index.html"
    version_added = ""

    tokens = {
        "root": [
            (r"\s+", Whitespace),
            (r"(--|//).*", Comment.Single),
            (r"(?s)/\*.*?\*/", Comment.Multiline),
            (r"'(?:[^']|'')*'", String.Single),
            (r"(?s)\$\$.*?\$\$", String.Single),
            (r'"(?:[^"]|"")*"', Name),
            (r"\?|:[A-Za-z]\w*", Name.Variable),
            (r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", Number),
            (r"0x[0-9a-fA-F]*", Number.Hex),
            (r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", Number),
            (r"[A-Z][A-Z_]+\b", Keyword),
            (rf"(?:{TYPES})\b(?!\s*\()", Keyword.Type),
            (r"[A-Za-z]\w*(?=\()", Name.Function),
            (r"[A-Za-z]\w*", Name),
            (r"[-+*/%<>=!]+|\.\.", Operator),
            (r"[][(){},.;:]", Punctuation),
            (r"\.\.\.|…|[^\s\w]", Punctuation),
        ]
    }
