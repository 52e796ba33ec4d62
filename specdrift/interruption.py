"""The exception by which a watchdog ends work that does not end by itself."""

import asyncio


class Interruption(asyncio.CancelledError):
    """Raised in the main thread, between any two instructions, when a run does not stop in time.

    As a CancelledError it ends a task, and no ``except Exception`` holds it up.
    """
