"""The claims of the documents behind this project, each put to an experiment."""
