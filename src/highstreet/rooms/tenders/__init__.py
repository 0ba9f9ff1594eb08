"""The door of the room `tenders`."""
