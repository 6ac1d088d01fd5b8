"""The command line: every command parses, calls and renders; nothing here computes a statistic."""
