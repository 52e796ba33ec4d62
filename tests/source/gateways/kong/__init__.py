"""Declarative configurations of Kong."""
