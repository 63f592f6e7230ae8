"""Tests of what is known of revocation."""
