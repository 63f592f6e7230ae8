"""What a host answers to single datagrams."""
