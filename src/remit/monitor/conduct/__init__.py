"""What an act shows by what came before it: the place it was told to stay in, what refused it, what people had set."""
