"""From bytes to values that know their file, line and column."""
