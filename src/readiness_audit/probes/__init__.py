"""The senses of an audit: each module here can see one kind of thing."""
