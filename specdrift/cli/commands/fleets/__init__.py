"""Commands for many services."""
