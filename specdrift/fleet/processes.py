"""How the processes of a fleet start: as forks of one process that has imported specdrift, where the system has that.

A new interpreter spends as much time on its imports as on the check of a small service.
"""

import multiprocessing
import os
from multiprocessing.context import ForkServerContext, SpawnContext

PRELOADED = ["specdrift.fleet.preloaded"]
"""Modules that the fork server imports. A program has one fork server: its other users add theirs."""


def process_context() -> ForkServerContext | SpawnContext:
    """Return the context of all processes of a fleet.

    Not fork: a worker must not inherit threads and locks. A fork server has neither, and starts with the first process.
    Start processes within `safe_import_path`.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def take_environment(variables: dict[str, str]) -> None:
    """Replace this process's environment variables: a fork server keeps those that it was started with."""
    os.environ.clear()
    os.environ.update(variables)
