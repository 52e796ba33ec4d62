"""The configuration described: effective values, reference, JSON Schema, starter file."""
