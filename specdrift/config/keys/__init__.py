"""The table of configuration keys and the kinds of their values."""
