"""The door of the room `goods`."""
