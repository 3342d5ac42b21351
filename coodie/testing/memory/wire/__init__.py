"""The engine behind the native protocol: what clients send as frames, and what they get."""
