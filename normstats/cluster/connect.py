"""The way to a cluster: an address, the file of a scheduler, or processes of our own."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from normstats.errors import UsageError
from normstats.files.strict import Record, read

if TYPE_CHECKING:
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
        where = {"address": name}
        if name.strip().lower() == LOCAL:
            local = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=":0",
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
            where = {"address": stack.enter_context(local)}
        else:
            _check(name)
            if os.path.isfile(name):
                where = {"scheduler_file": name}
        try:
            client = distributed.Client(**where, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError, LookupError, RuntimeError) as error:
            why = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
            raise UsageError(OPTION, name, f"no scheduler answers: {why}") from None
        stack.enter_context(client)
        yield Dask(client, name)


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
