"""The egress proxy: the one way out of a cage, where calls are recorded and credentials put in."""
