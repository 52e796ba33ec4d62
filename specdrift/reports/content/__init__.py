"""What every report format tells."""
