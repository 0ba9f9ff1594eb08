event-channel-contract_signed-v1 = A version of a contract between the brand and an operator was signed.
