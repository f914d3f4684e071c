"""What is put into a file or a setting by a call that names both."""
