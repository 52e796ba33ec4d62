"""Matches requests to operations, and validates responses with openapi-core."""
