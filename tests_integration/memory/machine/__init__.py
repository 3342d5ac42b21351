"""The engine of `coodie.testing.MemoryDriver` against the server: one statement to both, equal answers."""
