"""The server's functions, one file per family; ``registry.py`` has the table of all of them."""
