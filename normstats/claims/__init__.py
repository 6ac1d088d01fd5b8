"""The claims of the documents behind this project, each with an experiment that puts it to a test."""
