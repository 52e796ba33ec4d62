"""Routers of net/http, chi and gin, and what serves them."""
