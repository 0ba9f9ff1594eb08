event-tenders-tender_settled-v1 = A payment or refund came to its end: captured, failed or reversed.
event-tenders-tender_unknown-v1 = Nobody can say what became of a payment or refund; the provider will be asked again.
event-tenders-late_success-v1 = Money moved for a payment that had failed or been reversed; it has to go back.
event-tenders-late_reversal-v1 = The provider gave back the money of a captured payment; a person must clear it.
event-tenders-bill_matched-v1 = A provider's bill of one day was compared with our payments.
event-tenders-rails_stated-v1 = A brand said anew which rails it takes, and how much by each.
event-tenders-gift_cards_issued-v1 = Gift cards of one value were issued.
