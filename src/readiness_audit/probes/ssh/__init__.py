"""What an SSH server shows before anybody logs in."""
