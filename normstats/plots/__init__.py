"""Pictures. matplotlib is an extra: it is imported in the functions that draw, and only there."""
