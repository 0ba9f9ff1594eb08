"""What a shopper's phone sends (`…Asked`) and is told (`…Told`). Amounts are minor units of the currency beside them."""
