"""Options shared by commands, and their help."""
