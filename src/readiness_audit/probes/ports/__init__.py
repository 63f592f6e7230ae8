"""Which TCP ports take connections."""
