"""Checks of request data: validation, and denial before validation."""
