"""Node.js https: an invalid certificate is refused without an alert, or left to the application."""
