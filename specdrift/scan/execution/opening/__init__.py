"""What is sent before the probes are planned."""
