"""The layers, one family a file; the registry finds them all."""
