"""Rust as far as it can be read without a compiler: syntax, modules, names, and what functions say."""
