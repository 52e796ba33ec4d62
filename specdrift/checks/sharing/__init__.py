"""Attempts that a few operations get first, and the others where one has an effect."""
