"""The command line: one module per verb; `output` is the only printer."""
