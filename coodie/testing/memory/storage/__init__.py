"""Cells, rows, partitions and tables as the server keeps them: bytes with timestamps. It knows no CQL."""
