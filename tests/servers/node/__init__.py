"""Node.js https: a bad certificate is refused without an alert, or left to the application."""
