"""Commands of a POSIX shell or bash, read by a real parser and followed as the shell would follow them."""
