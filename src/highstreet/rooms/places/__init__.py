"""The door of the room `places`."""
