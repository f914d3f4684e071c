"""What an act touches: paths by their role, processes and services by theirs, and what is copied where."""
