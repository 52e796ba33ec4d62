"""The files of a configuration, and the servers and sections that they define."""
