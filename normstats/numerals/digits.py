"""How many digits of a number to show: as many as its standard error supports (PDG rule)."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

DIGITS = 15  # a double carries no more
SEPARATOR = " ± "

_EXACT = Context(prec=1000, Emin=-9999, Emax=9999, rounding=ROUND_HALF_EVEN)


def significant(value: float, digits: int = 12) -> str:
    """The number to so many significant digits, without trailing zeros."""
    return f"{value:.{digits}g}" if value else "0"


def with_error(value: float, se: float | None) -> str:
    """``0.39894 ± 0.00006``: the value to the last digit of its rounded standard error.

    The error is rounded as the Particle Data Group does: by its three leading digits, 100-354 keep
    two, 355-949 keep one, and 950-999 become 1000 and keep two. Very large and very small numbers
    share a power of ten, ``(1.230 ± 0.010)e-12``. Without an error the value stands alone.
    """
    if se is None or se == 0.0 or not math.isfinite(value):
        return significant(value)
    if not math.isfinite(se) or se < 0.0:
        return f"{significant(value, 6)}{SEPARATOR}{significant(se)}"
    # repr: a reader rounds 0.0095 as it is written, not the double 0.00949999… behind it
    v, e = Decimal(repr(float(value))), Decimal(repr(float(se)))
    quantum = _error_quantum(e)
    if v and quantum <= v.adjusted() - DIGITS:
        return f"{significant(value, DIGITS)}{SEPARATOR}{se:.1e}"
    v, e = (n.quantize(Decimal(1).scaleb(quantum, _EXACT), context=_EXACT) for n in (v, e))
    top = max(v.adjusted() if v else quantum, e.adjusted())
    if (quantum <= 0 and -5 <= top < DIGITS) or (quantum > 0 and top < 6):
        return f"{_plain(v)}{SEPARATOR}{_plain(e)}"
    v, e = (n.scaleb(-top, _EXACT) for n in (v, e))
    return f"({_plain(v)}{SEPARATOR}{_plain(e)})e{top:+03d}"


def _error_quantum(e: Decimal) -> int:
    """The power of ten of the last digit that the rounded error keeps."""
    three = int(e.scaleb(2 - e.adjusted(), _EXACT))
    if three < 355:
        return e.adjusted() - 1
    return e.adjusted()


def _plain(n: Decimal) -> str:
    text = f"{n:f}"
    return text.lstrip("-") if not n else text
