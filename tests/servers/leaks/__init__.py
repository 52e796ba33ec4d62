"""Faults that are hard to see, one operation for each, and a server with the same answers without them."""
