"""Runs on a Dask cluster: ranges of blocks go out, their sums come back."""
