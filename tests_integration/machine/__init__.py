"""Random sequences of all that writes, on the cluster and against plain dictionaries."""
