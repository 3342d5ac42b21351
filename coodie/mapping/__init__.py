"""The mapping between Pydantic classes and tables. Only this package imports Pydantic; it knows no drivers or plans."""
