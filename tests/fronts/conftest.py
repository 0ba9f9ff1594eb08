"""Fixtures of the fronts' tests."""

from tests.fronts.shop_town import anna, bo, town

__all__ = ["anna", "bo", "town"]
