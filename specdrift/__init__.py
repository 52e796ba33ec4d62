"""Checks that an HTTP API demands client certificates exactly where its OpenAPI document says so."""

__version__ = "0.1.0"
