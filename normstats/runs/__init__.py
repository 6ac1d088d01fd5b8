"""A run as one value: everything that decides its numbers, and nothing else."""
