"""Frameworks, standards and laws row by row, and what a case has to say to each."""
