# Refusals of the shoppers' flows.

shop-service_needed = Consent to membership and receipts is needed
    .detail = Membership works only while you consent to the purpose "service".
