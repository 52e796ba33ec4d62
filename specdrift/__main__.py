"""`python -m specdrift` is the same command as `specdrift`."""

from specdrift.cli.main import entry

if __name__ == "__main__":
    entry()
