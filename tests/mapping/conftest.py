"""The fixtures of the tests about models."""

from mapping.tape import tape

__all__ = ["tape"]
