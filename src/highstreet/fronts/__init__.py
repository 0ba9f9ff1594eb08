"""Who is asking: one folder per audience, with its own sign-in, pages and JSON."""
