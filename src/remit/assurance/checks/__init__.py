"""What can be wrong with a safety case, looked for part by part; ``checking`` puts them together."""
