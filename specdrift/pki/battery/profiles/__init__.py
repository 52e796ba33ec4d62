"""Certificate profiles, grouped by the part of RFC 5280 that they violate."""
