"""The engine of `coodie.testing.MemoryDriver` against the real server: the same statements to both, all answers equal."""
