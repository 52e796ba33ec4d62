"""Ways through an nginx configuration that one plain request does not show."""
