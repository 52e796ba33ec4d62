"""Dask's own programs, for a fork that has imported them: `scheduler` or `worker`, and their arguments."""

import sys

import dask
from distributed.cli import dask_scheduler, dask_worker

PROGRAMS = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}


def main() -> None:
    """Become the program that the first argument names."""
    dask.config.refresh()  # the variables of this process are not those of the one that imported Dask
    program = PROGRAMS[sys.argv.pop(1)]
    program()
