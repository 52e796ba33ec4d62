"""What the document declares."""
