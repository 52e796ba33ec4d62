"""Published vulnerabilities of the classes that the rules report."""
