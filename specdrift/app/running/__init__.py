"""Runs a scan and ends it in time."""
