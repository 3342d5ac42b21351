"""The renderer: from the node of a statement to its text."""
