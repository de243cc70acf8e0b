"""Shapes at the edge: parsed with pydantic, trusted inside."""
