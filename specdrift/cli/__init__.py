"""The command line. Heavy libraries are imported inside the commands: ``specdrift --help`` has 0.15 s."""
