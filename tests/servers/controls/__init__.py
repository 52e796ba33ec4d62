"""Positive controls: published vulnerable versions from their registry, each with the fixed version as its twin.

`python -m tests.servers.controls` downloads them into a temporary folder and checks them. No test needs the network:
the `odd` servers behave the same.
"""
