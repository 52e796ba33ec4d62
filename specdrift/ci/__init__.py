"""The job of a CI system on a change of the document: lint against the branch's base, then check what has changed.

``python -m specdrift.ci --against origin/main``. Everything else comes from ``specdrift.toml`` and ``SPECDRIFT_*``.
"""
