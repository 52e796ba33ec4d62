"""Compares the configuration of two revisions: the keys that decide how a change is judged. Pure."""
