"""Data of operations that refusals have. Pure."""
