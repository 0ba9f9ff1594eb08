"""The door of the room `offers`."""
