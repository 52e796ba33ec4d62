"""Decides what a configuration file may do that the owner has not trusted (docs/threat-model.md)."""
