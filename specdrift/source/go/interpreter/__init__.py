"""Evaluates Go code with values that are known in part."""
