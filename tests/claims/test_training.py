"""The training of the experiments follows the gradient, and learns."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from normstats.claims import repeats, training
from normstats.claims.experiments import learning
from normstats.claims.training import Layer, Student
from normstats.claims.trial import Trial
from normstats.values import Array

STUDENTS = [Student("tanh", False), Student("sigmoid", True), Student("relu", True)]


@pytest.mark.parametrize("student", STUDENTS, ids=str)
def test_a_step_follows_the_gradient(student: Student) -> None:
    """What a small step changes, against finite differences of the loss."""
    rng = np.random.default_rng(3)
    layers = training._drawn(student, np.array([1.0]), rng, 1)
    x = rng.standard_normal((1, 1, training.BATCH, training.INPUTS))
    target = (rng.random((1, 1, training.BATCH, 1)) < 0.5).astype(np.float64)

    def loss(of: list[Layer], rate: float = 0.0) -> float:
        return float(training._step(student, of, x, target, np.full((1, 1, 1), rate))[0, 0])

    stepped = copy.deepcopy(layers)
    loss(stepped, rate=1.0)
    for place, name in [(0, "w"), (1, "bias"), (3, "w"), *([(2, "scale")] * student.batch_norm)]:
        old: Array = getattr(layers[place], name)
        gradient = old - getattr(stepped[place], name)
        where = np.unravel_index(np.abs(gradient).argmax(), old.shape)
        ends = []
        for step in (1e-5, -1e-5):
            moved = copy.deepcopy(layers)
            getattr(moved[place], name)[where] += step
            ends.append(loss(moved))
        assert gradient[where] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-5)


def test_it_learns_at_a_usual_rate_and_not_at_none() -> None:
    rng = np.random.default_rng(4)
    found = training.train(Student("relu", True), [0.5, 0.0], [1.0, 1.0], rng, 3)
    assert found.shape == (3, 2)
    assert (found[:, 0] < 0.75 * training.GUESSING).all()
    assert (found[:, 1] > 0.9 * training.GUESSING).all()


def test_a_loss_that_is_no_number_is_infinite() -> None:
    rng = np.random.default_rng(5)
    found = training.train(Student("relu", False), [1e200], [1.0], rng, 1)
    assert np.isinf(found).all()


def test_what_is_learnt_by_heart_is_not_known_of_others() -> None:
    found = training.learn_by_heart(Student("relu", False), [0.5, 0.0], np.random.default_rng(6), 3)
    assert found.shape == (3, 2, 2)
    assert (found[:, 0, 0] < 0.1 * training.GUESSING).all()
    assert (found[:, 0, 1] > 3.0 * found[:, 0, 0]).all()
    assert (found[:, 1] > 0.8 * training.GUESSING).all()


def test_rates_of_the_first_weights_are_the_best_ones() -> None:
    """Of other tasks, to five errors of the difference between a rate and the one chosen."""
    for student, best in learning.BEST.items():
        found = learning.capped(learning.losses(student, "rate", Trial("small", seed=2)))
        chosen = found[:, learning.RATES.index(best)]
        for column in found.T:
            worse = repeats.over(chosen - column)
            assert worse.value <= 5.0 * worse.se, student
    assert len(learning.BEST) == 2 * len(learning.KINDS)
