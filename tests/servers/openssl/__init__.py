"""`openssl s_server`, one connection at a time; it only knows GET, and leaves every other request unanswered."""
