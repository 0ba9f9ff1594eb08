"""What all simulated payment providers share: trades, refunds, payers, funds, notices, the fault dial, the clock.

Each provider (`highstreet_simulator.wallet`, ...) adds a face: how it speaks. See `core.Provider`.
"""
