"""The kinds of runs that there are, and what each brings for checkpoints, shares and clusters."""
