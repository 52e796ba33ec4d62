"""The configuration keys, one module for each table or two."""
