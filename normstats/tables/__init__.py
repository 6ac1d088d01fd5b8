"""The published tables made again: what is published, measured and exact, with verdicts."""
