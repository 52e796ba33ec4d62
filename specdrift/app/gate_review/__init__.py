"""The gate that judges a change: configuration and baseline of its base revision."""
