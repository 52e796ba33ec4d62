"""Learns values of parameters from what an API itself answers. Pure: it sends nothing."""
