# The page of the register.
register-title = Register
register-lead = Ready for the next customer.
