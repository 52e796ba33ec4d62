"""Checks whether refused requests take effect."""
