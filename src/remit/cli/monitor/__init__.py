"""``remit monitor``: watch a run, replay its record, score transcripts."""
