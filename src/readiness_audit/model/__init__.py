"""The nouns of an audit: frozen values, without input or output, clock, or outside library."""
