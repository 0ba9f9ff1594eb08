"""The gallery: a town at a fixed moment, the list of pages and their states, and the camera that takes and judges them."""
