"""The vendor's screen: payments as they come, the stall's code, cash, and the day."""
