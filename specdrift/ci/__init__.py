"""CI job for a change of the document: lint against the branch's base, then check the changed operations.

``python -m specdrift.ci --against origin/main``; ``specdrift.toml`` and ``SPECDRIFT_*`` configure it.
"""
