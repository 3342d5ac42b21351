"""Scripted answers: which rule answers a request, and whether a server could have given its reply."""
