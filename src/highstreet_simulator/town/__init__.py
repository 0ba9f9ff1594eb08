"""A town to play in: a real map (OpenStreetMap, central Helsinki) and invented brands living in it."""
