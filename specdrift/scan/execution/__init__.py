"""Sends the probes."""
