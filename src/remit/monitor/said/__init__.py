"""What people asked for and forbade, the lines they drew, and acts held against all of it."""
