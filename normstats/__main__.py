"""``python -m normstats`` is the same as ``normstats``."""

from normstats.cli.main import main

main()
