event-channel-contract_proposed-v1 = A version of a contract was proposed and waits for the others to accept it.
event-channel-contract_signed-v1 = All whom a version of a contract binds have accepted it.
event-channel-contract_closed-v1 = A proposed version of a contract was declined or withdrawn.
event-channel-contract_ended-v1 = A contract in force got an end, and no version follows it.
event-channel-parity_broken-v1 = A price or offer meets what a contract promises: it waits, was refused, was paid for, or is told.
