"""Files that programs write and read: whole or not at all, one process at a time, read strictly."""
