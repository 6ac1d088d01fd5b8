"""Small networks trained for real, many at once: gradient descent on a task made by a teacher.

Arrays have the axes (task, setting, example, unit). A setting is a learning rate and a scale of the
first weights; all settings of a task see the same examples, and start from the same weights but for
their scale.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from normstats.claims.network import ACTIVATIONS, normalised, normalised_back
from normstats.values import Array

INPUTS, WIDTH, HIDDEN, TEACHER = 8, 16, 3, 16
BATCH, STEPS, LAST = 32, 100, 25
FEW, MANY, REPEATED = 64, 500, 200  # examples to learn by heart, to test with; steps
GUESSING = math.log(2.0)  # the loss of an answer of 1/2


@dataclass(frozen=True)
class Student:
    """Three hidden layers f([BN] W·h + b) and a linear one, with logistic loss."""

    activation: str
    batch_norm: bool


@dataclass
class Layer:
    """Weights and what is learned beside them: the bias, and with batch norm the scale."""

    w: Array
    bias: Array
    scale: Array


def train(
    student: Student,
    rates: Sequence[float],
    scales: Sequence[float],
    rng: np.random.Generator,
    tasks: int,
) -> Array:
    """The mean loss of the last steps: a row a task, a column a setting.

    A setting is a pair of a rate and a scale.

    Weights are drawn N(0, scale²·g/inputs of the layer), with g = 2 for ReLU and 1 else. A loss
    that is no number counts as infinite.
    """
    rate = np.array(rates)[:, None, None]
    teacher = Teacher(rng, tasks)
    layers = _drawn(student, np.array(scales), rng, tasks)
    losses = np.zeros((tasks, len(rates)))
    with np.errstate(all="ignore"):
        for step in range(STEPS):
            loss = _step(student, layers, *teacher.examples(rng, BATCH), rate)
            if step >= STEPS - LAST:
                losses += loss / LAST
    return np.where(np.isfinite(losses), losses, math.inf)


def learn_by_heart(
    student: Student, rates: Sequence[float], rng: np.random.Generator, tasks: int
) -> Array:
    """Training on a few examples, again and again: axes task, rate, and these two losses.

    That of the examples it was trained with, and that of others. With batch norm both are taken
    with the statistics of all examples that they are of.
    """
    rate, none = np.array(rates)[:, None, None], np.zeros((1, 1, 1))
    teacher = Teacher(rng, tasks)
    layers = _drawn(student, np.ones(len(rates)), rng, tasks)
    x, target = teacher.examples(rng, FEW)
    with np.errstate(all="ignore"):
        for _ in range(REPEATED):
            own = rng.permutation(FEW)[:BATCH]
            _step(student, layers, x[:, :, own], target[:, :, own], rate)
        seen = _step(student, layers, x, target, none)
        unseen = _step(student, layers, *teacher.examples(rng, MANY), none)
    return np.stack([seen, unseen], axis=-1)


class Teacher:
    """A random network of one hidden layer for each task, that says which class an example is."""

    def __init__(self, rng: np.random.Generator, tasks: int) -> None:
        self._first = rng.standard_normal((tasks, 1, INPUTS, TEACHER))
        self._last = rng.standard_normal((tasks, 1, TEACHER, 1))

    def examples(self, rng: np.random.Generator, number: int) -> tuple[Array, Array]:
        """Normal inputs, and 1 or 0."""
        x = rng.standard_normal((len(self._first), 1, number, INPUTS))
        told = np.tanh(x @ self._first) @ self._last
        return x, (told > 0.0).astype(np.float64)


def _drawn(student: Student, scales: Array, rng: np.random.Generator, tasks: int) -> list[Layer]:
    sizes = [INPUTS, *[WIDTH] * HIDDEN, 1]
    gain = 2.0 if student.activation == "relu" else 1.0
    layers = []
    for place, (before, after) in enumerate(itertools.pairwise(sizes)):
        last = place == HIDDEN
        std = math.sqrt((1.0 if last else gain) / before)
        z = std * rng.standard_normal((tasks, 1, after, before))
        own = np.ones_like(scales) if last else scales  # the last one keeps its own
        one = (tasks, len(scales), 1, after)
        layers.append(Layer(own[:, None, None] * z, np.zeros(one), np.ones(one)))
    return layers


def _step(student: Student, layers: list[Layer], x: Array, target: Array, rate: Array) -> Array:
    """One step of all settings; the losses before it."""
    h = np.broadcast_to(x, (*layers[0].w.shape[:2], *x.shape[2:]))
    kept = []
    for place, layer in enumerate(layers):
        u = h @ np.swapaxes(layer.w, -1, -2)
        last = place == len(layers) - 1
        inverse = np.ones(1)
        x_hat = u
        if student.batch_norm and not last:
            x_hat, inverse = normalised(u)
            u = x_hat * layer.scale
        y, slope = ACTIVATIONS["identity" if last else student.activation](u + layer.bias)
        kept.append((h, x_hat, inverse, slope))
        h = y
    loss = np.mean(np.logaddexp(0.0, h) - target * h, axis=(-2, -1))
    dy = (1.0 / (1.0 + np.exp(-h)) - target) / BATCH
    for place in range(len(layers) - 1, -1, -1):
        layer, (h, x_hat, inverse, slope) = layers[place], kept[place]
        dy = dy * slope
        bias = dy.sum(axis=-2, keepdims=True)
        if student.batch_norm and place < len(layers) - 1:
            scale = (dy * x_hat).sum(axis=-2, keepdims=True)
            dy = normalised_back(dy * layer.scale, x_hat, inverse)
            layer.scale -= rate * scale
        w = np.swapaxes(dy, -1, -2) @ h
        dy = dy @ layer.w
        layer.w -= rate * w
        layer.bias -= rate * bias
    found: Array = loss
    return found
