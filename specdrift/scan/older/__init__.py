"""Reads documents and configuration of an older git revision."""
