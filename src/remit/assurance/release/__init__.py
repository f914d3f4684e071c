"""May it be released? The verdict, what it comes down to, and the fewest things that would change it."""
