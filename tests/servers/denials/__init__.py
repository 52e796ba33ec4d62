"""Refusals in other languages, media types and frameworks: correct, forgotten, and with data in them."""
