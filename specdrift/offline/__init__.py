"""Results without a target: ``lint`` and ``routes``."""
