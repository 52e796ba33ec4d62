"""Certificates and keys: reads, checks and generates them, and passes them to OpenSSL.

Only ``context`` writes key material (usually to memory files), and only ``load`` and ``inspect`` read it. Everything
else is pure: the time is an argument.
"""
