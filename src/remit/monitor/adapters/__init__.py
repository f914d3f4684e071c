"""Foreign transcripts turned into events: one module per format, one that finds out which it is."""
