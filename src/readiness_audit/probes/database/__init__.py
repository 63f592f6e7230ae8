"""Looking at databases from outside: whom they let in, and whether in clear."""
