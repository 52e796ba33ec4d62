"""Evaluates routers, layers and method routers."""
