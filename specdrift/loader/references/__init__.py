"""Follows references between and within documents."""
