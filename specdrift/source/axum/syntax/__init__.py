"""Evaluates Rust expressions as far as routers require."""
