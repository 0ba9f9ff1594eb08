"""The door of the room `loop`."""
