"""Matches requests and responses to operations with openapi-core."""
