"""What a call of a typed tool does, read off its words: name, fields, values."""
