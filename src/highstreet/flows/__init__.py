"""What happens across rooms: one story, one file, one transaction."""
