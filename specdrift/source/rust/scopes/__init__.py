"""The scopes of blocks in functions."""
