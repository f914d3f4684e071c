"""Models as files and as other libraries hold them."""
