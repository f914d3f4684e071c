"""What programs do before they run: Python by its syntax tree, other languages by a light look."""
