"""Who gets which counter: the address of every random number.

A number is found by (seed, stream of the layer, purpose, block) and its place in the block. The
stream of a layer is a hash of its name and parameters, so that different layers never share
numbers at the same seed, and their deviations are independent.
"""

from __future__ import annotations

import hashlib

# Version of the map from a seed to numbers. Any change of a bit anywhere raises it.
STREAM_VERSION = 4

# Purposes: what a block's numbers are for. POINTS + one of the others: scrambles of its points.
SAMPLES, PILOT, POINTS = 0, 1, 2

# A block's number is one word of the counter; the number of a generator in it and the purpose share
# the other one, 32 bits each (see ``bits.py`` and ``sobol.py``). Blocks beyond would begin again
# with the random numbers of the first ones.
MOST_BLOCKS = 2**64


def stream_number(call: str) -> int:
    """The 64-bit stream of a layer with these parameters, as it is spelled."""
    digest = hashlib.blake2b(call.encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
