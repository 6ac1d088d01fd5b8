"""What a run returns, and what is known without one: plain, typed, immutable data."""

from normstats.result.exact import ExactValues
from normstats.result.numbers import Estimate, Exact, Statistics
from normstats.result.result import Result

__all__ = ["Estimate", "Exact", "ExactValues", "Result", "Statistics"]
