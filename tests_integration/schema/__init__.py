"""Schema on a real cluster: created, read back, compared, changed on one side, reported."""
