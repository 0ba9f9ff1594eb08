"""The door of the room `identity`."""
