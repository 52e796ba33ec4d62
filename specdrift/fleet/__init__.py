"""Scans many services of an inventory, each with an ordinary scan, and joins the results.

Workers get paths and names; they read keys, tokens and documents themselves.
"""
