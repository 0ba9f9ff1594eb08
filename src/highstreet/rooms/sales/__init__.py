"""The door of the room `sales`."""
