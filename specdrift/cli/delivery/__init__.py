"""Delivers a message to a webhook. Its address is a secret: no text, error or representation shows it."""
