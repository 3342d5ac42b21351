"""Scripted answers: the rules that answer requests, and checks that a server could have given their replies."""
