"""The door of the room `training`."""

from highstreet.rooms.training.actions import end_training_sale, keep_training_sale, take_training_back
from highstreet.rooms.training.errors import NOT_OPEN, SALE_UNKNOWN
from highstreet.rooms.training.model import EndTraining, TakeBack, TrainingLine, TrainingSale
from highstreet.rooms.training.queries import answered_return, training_sale_by_id, training_sales_of

__all__ = [
    "NOT_OPEN",
    "SALE_UNKNOWN",
    "EndTraining",
    "TakeBack",
    "TrainingLine",
    "TrainingSale",
    "answered_return",
    "end_training_sale",
    "keep_training_sale",
    "take_training_back",
    "training_sale_by_id",
    "training_sales_of",
]
