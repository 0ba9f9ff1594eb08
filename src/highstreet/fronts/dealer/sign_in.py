"""Dealers, landlords and store staff sign in and out."""

from highstreet.fronts.staff import staff_door

router = staff_door("dealer")
