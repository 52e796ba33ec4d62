"""What is sent and what is observed."""
