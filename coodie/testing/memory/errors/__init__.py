"""The table of all that the engine refuses, in the server's words; each text stands once."""
