"""The checks whose exchanges are controls or evidence for all others."""

UNKNOWN_PATH = "unknown-path"
"""The check whose probes ask for paths that no document has: the control of every comparison."""
CERTIFICATE = "certificate"
"""The check whose probes ask each operation as each identity."""
CONSISTENCY = "consistency"
"""The check that repeats the anonymous caller's probes by every way in."""
