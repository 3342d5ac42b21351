"""Work on three nodes while things go wrong, and a comparison of each answer with what the cluster holds at the end.

`net` and `ring` are a network and nodes that can be harmed, `mischief` harms them, `work` is what is done meanwhile and
`run` all of it together: `python -m tests_integration.faults`.
"""
