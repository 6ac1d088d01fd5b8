"""Dropout of whole features: the elements of a channel, of a row or of a batch share one draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from normstats.families.dropout import RESCALE, Dropout, P, check, kept_or_not
from normstats.kernels.build import ARRAY_KERNEL, Kernel
from normstats.kernels.lanes import LANES, load, splat, store, where
from normstats.layer.params import Choice, Integer, Param, Params
from normstats.layer.shapes import Extra, Shape, Shapes
from normstats.layer.windows import Window
from normstats.values import Array


def feature_dropout(x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any) -> None:
    """All n[0] elements by the first uniform number; c: P(drop), and the factor of what is kept."""
    for i in range(0, columns, LANES):
        kept = load(u, i) > c[0]
        for at in range(i, n[0] * columns, columns):
            store(y, at, where(kept, load(x, at) * c[1], 0.0))
            store(dx, at, where(kept, load(dy, at) * c[1], 0.0))


def feature_dropout_expected(
    x: Any, dy: Any, u: Any, y: Any, dx: Any, columns: int, n: Any, c: Any
) -> None:
    """The moments of ``dropout_expected``, for each of the elements."""
    rows = n[0] * columns
    p = splat(c[0])
    mean = (1.0 - p) * c[1]
    square = mean * c[1]
    for at in range(0, rows, LANES):
        value = load(x, at)
        store(y, at, value * mean)
        store(y, rows + at, value * value * p * square)
        store(y, 2 * rows + at, where(value == 0.0, 1.0, p))
        store(dx, at, mean * dy[0])
        store(dx, rows + at, square * (p * (dy[0] * dy[0]) + dy[1]))
        store(dx, 2 * rows + at, where(splat(dy[2]) > 0.0, 1.0, p))


@dataclass(frozen=True, kw_only=True)
class FeatureDropout(Dropout):
    """``sample`` is the shape of the elements that are kept or dropped together.

    Pooled over elements their moments are those of dropout; but only samples are independent.
    """

    sample: Callable[[Params], Shape]

    def shapes(self, params: Params) -> Shapes:
        shape = self.sample(params)
        mask = Extra((), "1 where all of a sample is kept, else 0", kept_or_not)
        return Shapes(x=shape, y=shape, extras={"mask": mask})

    def kernel_for(self, params: Params) -> Kernel:
        return Kernel(feature_dropout, ARRAY_KERNEL)

    def conditional_kernel_for(self, params: Params) -> Kernel:
        return Kernel(feature_dropout_expected, ARRAY_KERNEL)

    def twin(self, x: Array, dy: Array, params: Params, mask: Any = None) -> tuple[Array, Array]:
        """y and dx for a mask of the samples that are kept."""
        return super().twin(x, dy, params, across(mask, x))


def across(mask: Any, x: Array) -> Any:
    """A mask of samples, to go with all their elements."""
    return mask.reshape(*mask.shape, *(1,) * (x.ndim - mask.ndim))


def channel(dimensions: int) -> Window:
    """The size of a channel's map."""
    return Window(
        name="size",
        default="x".join({1: "8", 2: "3", 3: "2"}[dimensions] * dimensions),
        dimensions=dimensions,
        what="map",
        help="size of the map of one channel, which is one sample",
    )


def _of_channels(dimensions: int) -> FeatureDropout:
    return FeatureDropout(
        name=f"dropout{dimensions}d",
        aliases=("feature_dropout", "spatial_dropout") if dimensions == 2 else (),
        formula="y = x · r · s, r = 0 for the whole channel with probability p, else 1",
        gradient="dx = dy · r · s",
        torch=f"torch.nn.Dropout{dimensions}d",
        params=(P, RESCALE, channel(dimensions)),
        note="The same moments as dropout's; but errors rest on channels, which are dropped whole.",
        check=check,
        sample=lambda params: params["size"],
    )


ROW, BATCH = "row", "batch"


def rows(params: Params) -> Shape:
    """What stochastic depth keeps or drops together."""
    row = (params["features"],)
    return (params["batch_size"], *row) if params["mode"] == BATCH else row


_DEPTH: tuple[Param, ...] = (
    P,
    RESCALE,
    Choice(
        name="mode",
        default=ROW,
        choices=(ROW, BATCH),
        help="what is dropped together: a row of the batch, or the whole batch",
    ),
    Integer(name="features", default=8, high=4096, help="elements of a row"),
    Integer(name="batch_size", default=4, high=16, help="rows of the batch; counts in mode batch"),
)

LAYERS = (
    *map(_of_channels, (1, 2, 3)),
    FeatureDropout(
        name="stochastic_depth",
        aliases=("drop_path",),
        formula="y = x · r · s, r = 0 for the whole row or batch with probability p, else 1",
        gradient="dx = dy · r · s",
        params=_DEPTH,
        note=(
            "torchvision's, for the branch of a residual block. The same moments as dropout's; but"
            " errors rest on rows (mode row) or batches (mode batch), which are dropped whole."
        ),
        check=check,
        sample=rows,
    ),
)
