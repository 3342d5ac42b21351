"""Codecs of the native types, one file per family; ``coodie/cql/natives.py`` lists them all."""
