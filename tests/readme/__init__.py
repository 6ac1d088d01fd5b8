"""Keeps README.md and docs/ true.

`python -m tests.readme` (or `make docs`) runs what the pages show and writes it into them; the
tests of this folder compare. What cannot be run is looked up: options, links, numbers.
"""
