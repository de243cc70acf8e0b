"""The schema over time."""
