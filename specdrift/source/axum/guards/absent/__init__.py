"""What guards do with requests that lack a certificate."""
