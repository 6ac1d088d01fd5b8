"""Files that were cut, changed, doubled or mixed up at random."""

from __future__ import annotations

import random


def damaged(content: str, seed: int) -> bytes:
    """The content with one place damaged, or a few."""
    data, rng = content.encode(), random.Random(seed)
    for _ in range(rng.choice((1, 1, 1, 5))):
        at, length = rng.randrange(len(data)), rng.choice((1, 1, 2, 40, 400))
        piece = data[at : at + length]
        other = bytes(rng.randrange(256) for _ in piece)
        new = rng.choice((b"", piece * 2, other, piece[::-1], b"9", b"null"))
        data = data[:at] + new + data[at + length :]
    return data
