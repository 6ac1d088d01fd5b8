"""The layers themselves, one family a file: this is where a layer is added."""
