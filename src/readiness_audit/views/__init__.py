"""Pure joins of what several looks brought home."""
