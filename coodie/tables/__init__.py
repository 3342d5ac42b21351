"""Schema as values: what a model wants, what a cluster has, and the difference between the two."""
