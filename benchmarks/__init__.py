"""Throughput against peers, measured as ratios within one run."""
