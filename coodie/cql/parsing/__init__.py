"""The parser: from the text of a statement to its node."""
