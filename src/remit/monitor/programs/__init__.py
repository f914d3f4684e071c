"""What running a program does, by its verbs: one file per trade, each a table of names and readers."""
