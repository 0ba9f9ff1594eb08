parity-terms_none = No price of the brand may be lower than the list price that { $who } last knew.
parity-terms_tolerance = Prices of the brand may be up to { $percent } below the list price that { $who } last knew.
parity-terms_refuse = What would fall deeper is refused.
parity-terms_acknowledge = What would fall deeper waits until { $who } acknowledges it.
parity-terms_compensate = For what falls deeper the brand pays { $who } { $percent } of the difference, for each of its own pieces on hand.
parity-terms_floor = Below { $percent } of that list price it is refused in any case.
