"""The door of the room `parties`."""
