"""Reads file, environment and options into settings."""
