"""What a web server answers."""
