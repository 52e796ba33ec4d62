"""What every check uses: the protocol, the assessment of an operation, and verdicts."""
