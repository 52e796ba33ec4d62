"""What an HTTP response means, as tables: the first row whose condition holds decides."""
