"""Reads declarative configurations of Kong in YAML or JSON."""
