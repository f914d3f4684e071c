"""Edits: what stood there, what stands there now, and which switch that turns."""
