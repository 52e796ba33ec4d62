"""Servers that answer oddly on purpose: each tempts a checker into a wrong verdict."""
