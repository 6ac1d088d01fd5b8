"""A convolution with a stride: by how much it shrinks gradients."""

from __future__ import annotations

import math

from normstats import api
from normstats.claims import repeats
from normstats.claims.claim import Cell, Claim, Curve, Finding, Found, Interval, Measured
from normstats.claims.trial import Trial

PUBLISHED = 5.0 / 6.0
NEAR = 0.05  # of the published value: far less than between 5/6 and 1/2
CALL = "conv2d(in_channels=1, out_channels=1, where=interior, init=flat_rows"
WINDOWS = ((2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (5, 2))


def measured(kernel: int, stride: int, how: str, trial: Trial) -> tuple[Measured, float]:
    """The std of dx, and the exact one; the size is that of four windows side by side."""
    inside = f"kernel_size={kernel}, stride={stride}, dy_correlation={how}"
    result = api.measure(
        f"{CALL}, {inside}, size={4 * stride + kernel - 1})",
        samples=trial.of(4_000, 100_000),
        seed=trial.seed,
        threads=trial.threads,
    )
    std = result.backward.std
    assert std.exact is not None
    return repeats.of(std, result.units), std.exact


def stride(trial: Trial) -> Found:
    """Independent gradients, and one for the whole map."""
    near = Interval((1.0 - NEAR) * PUBLISHED, (1.0 + NEAR) * PUBLISHED)
    full, full_exact = measured(3, 2, "full", trial)
    none, none_exact = measured(3, 2, "none", trial)
    words = "std of dx, kernel 3×3, stride 2, row of W of length 1"
    findings = [
        Finding(words, full, full_exact, near, "all dy of a map are equal"),
        Finding(words, none, none_exact, near, "the dy are independent"),
    ]
    rows: list[list[Cell]] = []
    for kernel, step in WINDOWS:
        alone, together = (measured(kernel, step, how, trial)[0] for how in ("none", "full"))
        rows.append([f"{kernel}×{kernel}", str(step), alone, f"{1 / step:.4g}", together])
    headings = ("kernel", "stride", "std of dx, independent dy", "1/stride", "equal dy")
    return Found(findings, [Curve("Other kernels and strides", headings, rows)])


ROOT = math.sqrt(9 / 4)

CLAIMS = (
    Claim(
        name="stride",
        part="A",
        words="A flat 3×3 kernel with stride 2 passes back gradients of std 5/6, once its weights "
        "are scaled to length 1 (5/2 before).",
        source="Feng Wang, third post, 2016",
        how="The layer conv2d, all weights equal, elements at the border left out. Claimed is 5/6 "
        f"to {NEAR:.0%}. Errors rest on maps with new weights.",
        criterion="For independent dy the std is the root of the mean number of windows over a "
        f"pixel, √(9/4) = {ROOT:g}, and after scaling 1/stride. 5/6 is the root of the mean "
        "squared number: that is right if all dy are equal.",
        commands=(
            "normstats conv2d --in-channels 1 --out-channels 1 --stride 2 --init flat_rows "
            "--where interior --dy-correlation none",
            "normstats conv2d --in-channels 1 --out-channels 1 --stride 2 --init flat_rows "
            "--where interior --dy-correlation full",
        ),
        experiment=stride,
    ),
)
