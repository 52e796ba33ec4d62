"""Earlier fleet runs, and the overview made of them."""
