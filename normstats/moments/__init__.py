"""Sums of powers: how they are taken, merged, and turned into statistics with errors."""
