"""The server's functions, a file for each family; ``registry.py`` has the table of all."""
