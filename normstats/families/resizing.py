"""Layers that spread or rearrange x by a fixed linear map: upsampling, shuffling, joining.

Their statistics follow from sums and sums of squares of the map's rows and columns.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from normstats.errors import UsageError
from normstats.families.linear_map import Entries, LinearMap
from normstats.layer.params import Choice, Integer, Params, Real
from normstats.layer.windows import LARGEST_WINDOW, MapSize

NEAREST = "nearest"
# PyTorch has a name for linear interpolation in each number of dimensions.
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}

# Of one element of y along an axis: elements of x and their shares.
Taps = list[tuple[int, float]]


def nearest(size: int, scale: int) -> list[Taps]:
    """Each element ``scale`` times."""
    return [[(i // scale, 1.0)] for i in range(size * scale)]


def linear(size: int, scale: int, align_corners: bool) -> list[Taps]:
    """Between the two nearest elements, by distance.

    With aligned corners the first and the last elements of x and of y lie at the same places;
    otherwise the ends of the intervals that the elements stand for do, and what would lie outside
    is the first or the last element.
    """
    count = size * scale
    found = []
    for i in range(count):
        if align_corners:
            place = i * (size - 1) / (count - 1) if count > 1 else 0.0
        else:
            place = max((i + 0.5) / scale - 0.5, 0.0)
        left = min(int(place), size - 1)
        share = place - left
        taps = [(left, 1.0 - share)]
        if share > 0.0 and left + 1 < size:
            taps.append((left + 1, share))
        elif share > 0.0:
            taps = [(left, 1.0)]
        found.append(taps)
    return found


def product(axes: Sequence[list[Taps]], x: tuple[int, ...]) -> Entries:
    """The map that acts along each axis by itself."""
    y = tuple(map(len, axes))
    strides = [math.prod(x[axis + 1 :]) for axis in range(len(x))]
    rows, columns, values = [], [], []
    for row, taps in enumerate(itertools.product(*axes)):
        for one in itertools.product(*taps):
            rows.append(row)
            columns.append(sum(at * stride for (at, _), stride in zip(one, strides, strict=True)))
            values.append(math.prod(share for _, share in one))
    return Entries(x, y, np.array(rows), np.array(columns), np.array(values))


def upsampled(params: Params) -> Entries:
    """A of an upsampling."""
    size, scale = params["size"], params["scale_factor"]
    if params["mode"] == NEAREST:
        return product([nearest(extent, scale) for extent in size], size)
    aligned = params["align_corners"] == "true"
    return product([linear(extent, scale, aligned) for extent in size], size)


def check_upsample(params: Params) -> None:
    """PyTorch's modes of interpolation are each for one number of dimensions."""
    size, scale, mode = params["size"], params["scale_factor"], params["mode"]
    if mode not in (NEAREST, LINEAR[len(size)]):
        allowed = f"must be {NEAREST} or {LINEAR[len(size)]} for a map of {len(size)} dimensions"
        raise UsageError("`mode`", mode, allowed)
    if mode == NEAREST and params["align_corners"] == "true":
        allowed = "goes with linear, bilinear and trilinear only, as in PyTorch"
        raise UsageError("`align_corners`", "true", allowed)
    check_output("`scale_factor`", scale, math.prod(size) * scale ** len(size))


def check_output(option: str, given: object, elements: int) -> None:
    """UsageError for a y that is too large."""
    if elements > LARGEST_WINDOW:
        allowed = f"makes {elements} elements of y: must be at most {LARGEST_WINDOW}"
        raise UsageError(option, given, allowed)


def shuffled(params: Params) -> Entries:
    """A of a pixel shuffle: y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]."""
    r, channels, (height, width) = params["upscale_factor"], params["channels"], params["size"]
    x, y = (channels * r * r, height, width), (channels, height * r, width * r)
    numbers = np.arange(math.prod(x)).reshape(channels, r, r, height, width)
    columns = numbers.transpose(0, 3, 1, 4, 2).reshape(-1)
    return Entries(x, y, np.arange(len(columns)), columns, np.ones(len(columns)))


def check_shuffle(params: Params) -> None:
    """PyTorch's takes images."""
    size, r = params["size"], params["upscale_factor"]
    if len(size) != 2:
        raise UsageError("`size`", "x".join(map(str, size)), "must be two numbers, such as 3x3")
    check_output("`upscale_factor`", r, params["channels"] * math.prod(size) * r * r)


def joined(params: Params) -> Entries:
    """A of a concatenation: diagonal."""
    counts = params["first_features"], params["second_features"]
    values = np.repeat([params["first_scale"], params["second_scale"]], counts)
    at = np.flatnonzero(values)
    total = (sum(counts),)
    return Entries(total, total, at, at, values[at])


@dataclass(frozen=True, kw_only=True)
class Resizing(LinearMap):
    """The linear map that ``matrix`` makes of the parameters."""

    family: str = "resizing"
    matrix: Callable[[Params], Entries]

    def entries(self, params: Params) -> Entries:
        return self.matrix(params)


LAYERS = (
    Resizing(
        name="upsample",
        aliases=("interpolate",),
        formula="y = x repeated (nearest), or interpolated between neighbours",
        gradient="dx = Aᵀ·dy: each element collects what it gave",
        torch="torch.nn.Upsample",
        params=(
            MapSize(name="size", default="4x4", help="size of x, of one to three dimensions"),
            Integer(name="scale_factor", default=2, high=64, help="how many times larger y is"),
            Choice(
                name="mode",
                default=NEAREST,
                choices=(NEAREST, *LINEAR.values()),
                help="linear is for one dimension, bilinear for two, trilinear for three",
            ),
            Choice(
                name="align_corners",
                default="false",
                choices=("false", "true"),
                help="whether the corners of x and of y lie at the same places",
            ),
        ),
        note="Interpolation averages: std of y is below that of x; that of dx grows.",
        matrix=upsampled,
        check=check_upsample,
    ),
    Resizing(
        name="pixel_shuffle",
        formula="y = x with blocks of upscale_factor² channels laid out as pixels",
        gradient="dx = dy, put back",
        torch="torch.nn.PixelShuffle",
        params=(
            Integer(name="upscale_factor", default=2, high=64, help="how many times larger y is"),
            Integer(name="channels", default=1, high=4096, help="channels of y"),
            MapSize(name="size", default="3x3", help="size of a channel of x"),
        ),
        note="Nothing is computed: all statistics are those of x and dy.",
        matrix=shuffled,
        check=check_shuffle,
    ),
    Resizing(
        name="cat",
        alone="joins two inputs, and a chain has one",
        aliases=("concat", "concatenation"),
        formula="y = (first_scale · x₁, second_scale · x₂)",
        gradient="dx = (first_scale · dy₁, second_scale · dy₂)",
        torch="torch.cat",
        params=(
            Integer(name="first_features", default=4, high=4096, help="elements of x₁"),
            Integer(name="second_features", default=4, high=4096, help="elements of x₂"),
            Real(name="first_scale", default=1.0, low=-1e6, high=1e6, help="factor of x₁"),
            Real(name="second_scale", default=1.0, low=-1e6, high=1e6, help="factor of x₂"),
        ),
        note="x₁ and x₂ follow each other in x; std is the root of their mean square, by elements.",
        matrix=joined,
    ),
)
