"""A server with the data of a guarded operation in the answers to other requests."""
