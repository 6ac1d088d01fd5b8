"""The way to a cluster: an address, the file of a scheduler, or processes of our own."""

from __future__ import annotations

import logging
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from normstats import interrupts
from normstats.cluster import secure
from normstats.errors import UsageError
from normstats.files.strict import Record, read

if TYPE_CHECKING:
    from distributed import LocalCluster

    from normstats.cluster.dask import Dask

OPTION = "`dask`"
LOCAL = "local"
CONNECT_S = 10.0
_ADDRESS = re.compile(r"(\w+://)?([\w.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}", re.ASCII)


@contextmanager
def connected(name: str, workers: int) -> Iterator[Dask]:
    """The executor for a scheduler's address or file, or for so many processes here.

    Raises UsageError if dask is not installed or no scheduler answers.
    """
    try:
        import distributed
    except ImportError:
        needs = 'needs the package distributed: pip install "normstats[dask]"'
        raise UsageError(OPTION, name, needs) from None
    from normstats.cluster.dask import Dask

    # What it logs while it is closed is of no use to anybody.
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with ExitStack() as stack:
        try:
            if name.strip().lower() == LOCAL:
                where = {"address": stack.enter_context(_local(workers))}
            else:
                _check(name)
                where = {"scheduler_file" if os.path.isfile(name) else "address": name}
            client = distributed.Client(**where, timeout=CONNECT_S, set_as_default=False)
        except UsageError:
            raise
        except (OSError, ValueError, TypeError, LookupError, RuntimeError) as error:
            interrupts.heed()  # local workers got the signal as well
            why = secure.why(error)
            raise UsageError(OPTION, name, f"no scheduler answers: {why}") from None
        stack.enter_context(client)
        yield Dask(client, name)


def _local(workers: int) -> LocalCluster:
    import distributed

    with _deaf_children():
        return distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Threads and processes that begin in here do not get Ctrl-C: the command ends them.

    A terminal sends it to all of them. What is blocked stays so in whoever is started.
    """
    if not hasattr(signal, "pthread_sigmask"):  # not on every system
        yield
        return
    # It would unblock Ctrl-C where it is started.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _check(name: str) -> None:
    """UsageError for what can be no scheduler, before anything waits for it."""
    address = name
    if os.path.isfile(name):
        address = Record(read(OPTION, name), OPTION, name).text("address")
    if not _ADDRESS.fullmatch(address):
        allowed = (
            "must be an address such as tcp://10.0.0.1:8786, the file of a scheduler, or local"
        )
        raise UsageError(OPTION, name, allowed)
    secure.check(name, address)
