"""Pictures. matplotlib, which is an extra, is imported in the functions that draw, and only there."""
