"""Certificates that an application may take for another identity's, and what it shows that it admits them."""
