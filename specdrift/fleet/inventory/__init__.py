"""The inventory of services, expanded into the settings of each service."""
