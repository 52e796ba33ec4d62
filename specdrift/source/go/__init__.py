"""Reads Go services: net/http, chi and gin."""
