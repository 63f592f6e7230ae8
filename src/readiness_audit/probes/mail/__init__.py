"""How a mail server treats strangers."""
