"""The senses of an audit: each module in a family here can see one kind of thing; `built_in` lists them."""
