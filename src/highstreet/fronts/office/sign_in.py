"""Staff of the head office sign in and out."""

from highstreet.fronts.staff import staff_door

router = staff_door("office")
