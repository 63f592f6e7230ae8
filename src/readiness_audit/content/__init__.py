"""The workshop for files people write: YAML in, nouns of the model out, errors with their place."""
