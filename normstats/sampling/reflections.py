"""Random orthonormal matrices as products of reflections, a panel of PANEL of them at a time.

The first column of a uniform orthonormal matrix is a direction without preference: that of a vector
x of normals. Reflecting it onto the first axis leaves the same task with one dimension less. So
Q = H₁ H₂ … Hᵣ D with Hₖ = I − v vᵀ, where v, of length √2, comes from n − k + 1 normals, and D has
the signs ±1 that let the factor R of a QR decomposition of normals be positive (G. W. Stewart, SIAM
J. Numer. Anal. 17, 1980). A panel of reflections is one matrix I − V T Vᵀ (R. Schreiber and C. Van
Loan, SIAM J. Sci. Stat. Comput. 10, 1989).
"""

from __future__ import annotations

from typing import Any

from normstats.kernels.lanes import LANES, fma, load, splat, sqrt, store, where

# A multiple of LANES and of the TILE of ``gemm.py``, so that no product writes beyond its rows.
PANEL = 48


def reflectors(v: Any, rows: int, width: int, signs: Any) -> None:
    """Turns ``rows`` × PANEL normals into the vectors v of a panel, its columns, and their signs.

    Column k begins at row k; those from ``width`` on become 0, which reflects nothing.
    """
    for i in range(rows):
        for j in range(i + 1 if i + 1 < width else width, PANEL):
            v[i * PANEL + j] = 0.0
    for j in range(0, PANEL, LANES):
        square = splat(0.0)
        for i in range(rows):
            x = load(v, i * PANEL + j)
            square = fma(x, x, square)
        for k in range(j, j + LANES):
            signs[k] = v[k * PANEL + k] if k < width else 0.0
        head = load(signs, j)
        sign = where(head < 0.0, splat(-1.0), splat(1.0))
        length = sqrt(where(square > 0.0, square, splat(1.0)))
        # Adding the length, never taking it away, cancels no digits.
        store(signs, j, fma(sign, length, head))
        for k in range(j, j + LANES):
            if k < width:
                v[k * PANEL + k] = signs[k]
        scale = sqrt(splat(1.0) / (length * fma(sign, head, length)))
        for i in range(rows):
            store(v, i * PANEL + j, load(v, i * PANEL + j) * scale)
        store(signs, j, splat(0.0) - sign)


def triangle(gram: Any, t: Any) -> None:
    """−T, of PANEL × PANEL, from VᵀV: the inverse of I plus what lies above its diagonal."""
    for i in range(PANEL - 1, -1, -1):
        for j in range(0, PANEL, LANES):
            row = splat(0.0)
            for k in range(i + 1, PANEL):
                row = fma(splat(gram[i * PANEL + k]), load(t, k * PANEL + j), row)
            store(t, i * PANEL + j, splat(0.0) - row)
        t[i * PANEL + i] = -1.0
