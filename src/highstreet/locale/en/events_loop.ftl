event-loop-touched-v1 = A device met a code. It names a person only after consent to measurement.
event-loop-credit_given-v1 = A sale was credited to a code. It names no person.
event-loop-credit_reversed-v1 = A return took back part or all of a sale's credit.
