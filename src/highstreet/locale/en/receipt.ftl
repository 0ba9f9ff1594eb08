# A receipt on paper.

receipt-title = Receipt
receipt-sum = Sum
receipt-total = Total
receipt-change = Change
receipt-register = Register
receipt-tax_number = VAT no.
receipt-training = Practice only: nothing was sold
receipt-thanks = Thank you!
