"""From the node of a statement to its text."""
