"""What is known of a file without its syntax tree."""
