"""A server whose handlers have defaults: for parameters that are absent, and for members that were never set."""
