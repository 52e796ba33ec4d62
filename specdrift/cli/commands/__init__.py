"""One module for each command, in families."""
