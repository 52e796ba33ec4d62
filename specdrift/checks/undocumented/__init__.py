"""Checks for endpoints that the document does not declare."""
