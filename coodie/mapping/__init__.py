"""Pydantic classes on one side, tables on the other. The only home of Pydantic; no driver, no plan is known here."""
