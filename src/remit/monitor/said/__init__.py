"""What people said: what was asked for, what was forbidden, which lines were drawn, and acts held against it."""
