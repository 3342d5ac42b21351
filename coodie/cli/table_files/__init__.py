"""The rows of a table in files: CSV, JSON lines and Parquet, for every CQL type and back."""
