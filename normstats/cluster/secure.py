"""Whether Dask's configuration has what an address needs, before anything connects to it.

Dask itself would notice only after it has begun, and then take half a minute to end.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from normstats.errors import UsageError

if TYPE_CHECKING:
    from distributed.security import Security

OPTION = "`dask`"
SCHEME = "tls://"
WHERE = "distributed.comm.tls in Dask's configuration"


def check(name: str, address: str) -> None:
    """UsageError for an encrypted scheduler without certificates, or the other way round."""
    from distributed.security import Security

    try:
        security = Security()
        missing = _missing(security)
        context = None if missing else security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:  # those of ssl are OSErrors
        raise UsageError(OPTION, name, f"{WHERE}: {_line(error)}") from None
    if missing:
        raise UsageError(OPTION, name, f"{WHERE} names {missing}, which is no file")
    if address.startswith(SCHEME) and context is None:
        raise UsageError(OPTION, name, f"needs certificates: {WHERE} has none for a client")
    if security.require_encryption and not address.startswith(SCHEME):
        needs = f"must begin with {SCHEME}: Dask's configuration has require-encryption"
        raise UsageError(OPTION, name, needs)


def why(error: Exception) -> str:
    """In a line, why there is no connection."""
    from distributed.comm import CommClosedError

    if isinstance(error, CommClosedError) and str(error).startswith("in <"):
        return "it closes the connection, as one with TLS does to clients without its certificates"
    return _line(error)


def _missing(security: Security) -> str | None:
    """A file that is named and is not there."""
    files = security.get_tls_config_for_role("client")
    for value in (files["ca_file"], files["cert"], files["key"]):
        # A certificate may stand there itself, in its lines.
        if value and "\n" not in value and not os.path.isfile(value):
            return str(value)
    return None


def _line(error: Exception) -> str:
    return str(error).splitlines()[0][:100] if str(error) else type(error).__name__
