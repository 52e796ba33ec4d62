"""`openssl s_server`: one connection at a time; it answers GET only."""
