# Prints the version.
nats-server --version | sed 's/^nats-server: v*/NATS /'
