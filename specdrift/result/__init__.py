"""The result: redaction, and one codec for files."""
