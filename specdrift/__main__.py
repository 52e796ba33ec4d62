"""The start of the command: `specdrift`, and `python -m specdrift`."""

import signal
import sys

_INTERRUPTED = 130
"""``ExitStatus.INTERRUPTED``, whose import may itself be interrupted."""


def entry() -> None:
    """Import the command line and run it. Ctrl-C during the imports ends it quietly, not with a traceback."""
    try:
        from specdrift.cli.main import entry as run_command_line

        run_command_line()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not change the exit status
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    entry()
