"""Use cases that the command line, CI, the demo, fleets and the library call. They print nothing."""
