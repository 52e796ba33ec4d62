"""Reads Rust without a compiler: syntax, modules, names, reachable code."""
