"""Ten thousand payments over all rails, faults in every third, the server killed a hundred times: what is left must add up.

`python -m benchmarks.faults` (`make faults`). The plan is drawn from a seed: baskets, rails, what each payer does and
when, which call of which payment meets which fault, and after how many answers the server is killed.
"""
