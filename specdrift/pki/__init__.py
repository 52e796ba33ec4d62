"""Certificates and keys: reading, explaining, minting and handing them to OpenSSL.

Only ``context`` writes key material anywhere (memory files, as a rule); only ``load`` and ``inspect`` read
it. Everything else here is pure: the clock is an argument.
"""
