"""Scrambled Sobol points: evenly spread, yet each one uniform, and every scramble independent.

Direction numbers: Joe & Kuo (Constructing Sobol sequences with better two-dimensional
projections, SIAM J. Sci. Comput. 30, 2008; their set new-joe-kuo-6). Scramble: a random lower
triangular matrix over GF(2), with as many rows as a word has bits, times the digits of every
coordinate, then a random shift of all 64 bits (Matousek: On the L2-discrepancy for anchored boxes,
J. Complexity 14, 1998). A scrambled point is uniform on the unit cube, so an average over a
sequence is unbiased, and the scatter between independent scrambles measures its error.
N such points have one in each of N intervals of a coordinate, and so ⌊Np⌋ or ⌈Np⌉ beyond a jump
that a share p of all points lies beyond. Were Np close to a whole number (p near 1/2 or 1/4, say),
hardly any scramble would show the other count: their scatter would say nothing of the error that
all of them have. Each coordinate is therefore cut into windows of the width of two intervals, the
first of which begins at random, and a point is mirrored about the centre of its window. That keeps
points uniform and moves none far; but intervals now end at random places, other ones in each
scramble, so that every jump shows.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from normstats.sampling.bits import threefry
from normstats.sampling.streams import POINTS

Words = npt.NDArray[np.uint64]

# Digits of a point that are spread; the shift fills all 64.
DIGITS = 32
# A table of one coordinate: its first eight points, then a direction number for each further
# digit of the index, zeros, and the word that decides where windows begin.
FIRST = 8
TABLE = FIRST + DIGITS
OFFSET = TABLE - 1
WINDOW = 2.0  # in units of 1/N

# Of each coordinate after the first: the primitive polynomial, as the binary digits of its
# coefficients, and the initial direction integers.
_DIRECTIONS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (3, (1,)), (7, (1, 3)), (11, (1, 3, 1)), (13, (1, 1, 1)), (19, (1, 1, 3, 3)),
    (25, (1, 3, 5, 13)), (37, (1, 1, 5, 5, 17)), (41, (1, 1, 5, 5, 5)), (47, (1, 1, 7, 11, 19)),
    (55, (1, 1, 5, 1, 1)), (59, (1, 1, 1, 3, 11)), (61, (1, 3, 5, 5, 31)),
    (67, (1, 3, 3, 9, 7, 49)), (91, (1, 1, 1, 15, 21, 21)), (97, (1, 3, 1, 13, 27, 49)),
    (103, (1, 1, 1, 15, 7, 5)), (109, (1, 3, 1, 15, 13, 25)), (115, (1, 1, 5, 5, 19, 61)),
    (131, (1, 3, 7, 11, 23, 15, 103)), (137, (1, 3, 7, 13, 13, 15, 69)),
    (143, (1, 1, 3, 13, 7, 35, 63)), (145, (1, 3, 5, 9, 1, 25, 53)),
    (157, (1, 3, 1, 13, 9, 35, 107)), (167, (1, 3, 1, 5, 27, 61, 31)),
    (171, (1, 1, 5, 11, 19, 41, 61)), (185, (1, 3, 5, 3, 3, 13, 69)),
    (191, (1, 1, 7, 13, 1, 19, 1)), (193, (1, 3, 7, 5, 13, 19, 59)),
    (203, (1, 1, 3, 9, 25, 29, 41)), (211, (1, 3, 5, 13, 23, 1, 55)),
    (213, (1, 3, 7, 3, 13, 59, 17)), (229, (1, 3, 1, 3, 5, 53, 69)),
    (239, (1, 1, 5, 5, 23, 33, 13)), (241, (1, 1, 7, 7, 1, 61, 123)),
    (247, (1, 1, 7, 9, 13, 61, 49)), (253, (1, 3, 3, 5, 3, 55, 33)),
    (285, (1, 3, 1, 15, 31, 13, 49, 245)), (299, (1, 3, 5, 15, 31, 59, 63, 97)),
    (301, (1, 3, 1, 11, 11, 11, 77, 249)), (333, (1, 3, 1, 11, 27, 43, 71, 9)),
    (351, (1, 1, 7, 15, 21, 11, 81, 45)), (355, (1, 3, 7, 3, 25, 31, 65, 79)),
    (357, (1, 3, 1, 1, 19, 11, 3, 205)), (361, (1, 1, 5, 9, 19, 21, 29, 157)),
    (369, (1, 3, 7, 11, 1, 33, 89, 185)), (391, (1, 3, 3, 3, 15, 9, 79, 71)),
    (397, (1, 3, 7, 11, 15, 39, 119, 27)), (425, (1, 1, 3, 1, 11, 31, 97, 225)),
    (451, (1, 1, 1, 3, 23, 43, 57, 177)), (463, (1, 3, 7, 7, 17, 17, 37, 71)),
    (487, (1, 3, 1, 5, 27, 63, 123, 213)), (501, (1, 1, 3, 5, 11, 43, 53, 133)),
    (529, (1, 3, 5, 5, 29, 17, 47, 173, 479)), (539, (1, 3, 3, 11, 3, 1, 109, 9, 69)),
    (545, (1, 1, 1, 5, 17, 39, 23, 5, 343)), (557, (1, 3, 1, 5, 25, 15, 31, 103, 499)),
    (563, (1, 1, 1, 11, 11, 17, 63, 105, 183)), (601, (1, 1, 5, 11, 9, 29, 97, 231, 363)),
    (607, (1, 1, 5, 15, 19, 45, 41, 7, 383)), (617, (1, 3, 7, 7, 31, 19, 83, 137, 221)),
    (623, (1, 1, 1, 3, 23, 15, 111, 223, 83)), (631, (1, 1, 5, 13, 31, 15, 55, 25, 161)),
    (637, (1, 1, 3, 13, 25, 47, 39, 87, 257)),
)  # fmt: skip
MOST_COORDINATES = len(_DIRECTIONS) + 1


@cache
def directions(coordinate: int) -> Words:
    """The DIGITS direction numbers of a coordinate, the binary point before bit 63."""
    if coordinate == 0:
        integers = [1] * DIGITS
    else:
        polynomial, initial = _DIRECTIONS[coordinate - 1]
        degree = len(initial)
        integers = list(initial)
        for k in range(degree, DIGITS):
            value = integers[k - degree] ^ (integers[k - degree] << degree)
            for j in range(1, degree):
                if polynomial >> (degree - j) & 1:
                    value ^= integers[k - j] << j
            integers.append(value)
    return np.array([m << (63 - k) for k, m in enumerate(integers)], np.uint64)


@cache
def _masks(coordinate: int) -> Words:
    """All ones where a direction number (row) has a digit (column), the largest digit first."""
    place = np.arange(63, 63 - DIGITS, -1, dtype=np.uint64)
    has = (directions(coordinate)[:, None] >> place) & np.uint64(1)
    return np.where(has == 1, np.uint64(2**64 - 1), np.uint64(0))


def _random_words(coordinate: int, seed: int, stream: int, purpose: int, count: int) -> Words:
    """DIGITS + 2 words for one coordinate of each of ``count`` sequences; DIGITS is even."""
    pairs = DIGITS // 2 + 1
    index = np.arange(pairs, dtype=np.uint64) + np.uint64(coordinate << 32)
    number = np.arange(count, dtype=np.uint64)[:, None] | np.uint64((POINTS + purpose) << 32)
    key = (np.full((1, 1), value, np.uint64) for value in (seed, stream))
    pair = threefry(index, number, *key)
    return np.stack(pair, axis=2).reshape(count, 2 * pairs)


def scrambled_tables(coordinates: int, seed: int, stream: int, purpose: int, count: int) -> Words:
    """For each of ``count`` scrambled sequences the tables of all coordinates, one after the other.

    (seed, stream, purpose) and the number of a sequence decide its scramble.
    """
    place = np.arange(63, 63 - DIGITS, -1, dtype=np.uint64)
    one = np.uint64(1)
    tables = np.zeros((count, coordinates, TABLE), np.uint64)
    for coordinate in range(coordinates):
        words = _random_words(coordinate, seed, stream, purpose, count)
        # What the matrix makes of each digit: the digit itself, and random ones after it.
        columns = words[:, :DIGITS] & ((one << place) - one) | (one << place)
        mixed = np.bitwise_xor.reduce(columns[:, None, :] & _masks(coordinate), axis=2)
        shift = words[:, DIGITS]
        for index in range(FIRST):
            chosen = [mixed[:, digit] for digit in range(3) if index >> digit & 1]
            tables[:, coordinate, index] = np.bitwise_xor.reduce([shift, *chosen], axis=0)
        tables[:, coordinate, FIRST : FIRST + DIGITS - 3] = mixed[:, 3:]
        tables[:, coordinate, OFFSET] = words[:, DIGITS + 1]
    return tables.reshape(count, -1)
