"""What every gateway has in common: requests, decisions, and the findings that follow from them."""
