"""Transcripts written by hand-made scenarios, for judging scores where no real labelled ones may be kept."""
