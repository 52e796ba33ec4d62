"""Axum: evaluates the code that builds routers, method routers and layers."""
