"""Reads nginx configurations, and decides requests as nginx does."""
