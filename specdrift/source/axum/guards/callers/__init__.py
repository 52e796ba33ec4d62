"""What types and extensions of a request hold about its caller."""
