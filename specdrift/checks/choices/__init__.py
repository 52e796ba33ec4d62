"""What else a document lets a client request of an operation: media types, bodies, parameters, and pairs of these."""
