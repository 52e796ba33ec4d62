"""Reads the files of nginx."""
