"""Reads configurations of HAProxy."""
