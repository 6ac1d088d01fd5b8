"""Reports: one model, one module for each kind of report, one for each format."""
