"""User-defined types as Pydantic models."""

from coodie.mapping.usertype import UserType

__all__ = ["UserType"]
