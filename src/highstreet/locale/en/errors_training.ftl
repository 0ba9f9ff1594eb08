# Refusals of the room `training`.

training-sale_unknown = Unknown training sale
    .detail = This register practised no such sale, or it has no such line.
training-not_open = Nothing to practise here
    .detail = The training sale is not in a state in which this can be done.
