"""The table of the engine's error messages, in the words of the server; each text exists once."""
