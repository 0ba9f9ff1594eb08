# Words of the shoppers' front.

shop-weekday-1 = Monday
shop-weekday-2 = Tuesday
shop-weekday-3 = Wednesday
shop-weekday-4 = Thursday
shop-weekday-5 = Friday
shop-weekday-6 = Saturday
shop-weekday-7 = Sunday
shop-closed = closed
shop-hours_with_comment = { $hours } ({ $comment })
shop-hours_unsure = { $hours }, perhaps: ask first
