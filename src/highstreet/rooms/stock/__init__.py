"""The door of the room `stock`."""
