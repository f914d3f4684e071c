"""Acts in other clothing: what filters hide, letters written as escapes, calls written into a message."""
