"""The only package that opens sockets: it sends probes and records what comes back, without judging it."""
