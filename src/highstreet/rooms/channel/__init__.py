"""The door of the room `channel`."""
