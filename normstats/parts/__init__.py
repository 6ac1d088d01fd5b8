"""Parts of runs as files: checkpoints, shards, and what becomes of several of them together."""
