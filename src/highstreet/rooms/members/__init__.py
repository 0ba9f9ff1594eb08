"""The door of the room `members`."""
