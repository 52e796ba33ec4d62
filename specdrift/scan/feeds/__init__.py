"""Files and formats of traffic imports."""
