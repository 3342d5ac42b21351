"""The async door on a real cluster."""
