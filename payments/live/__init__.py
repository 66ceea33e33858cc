"""Live events: each payment sent to the stall's open screens, in order, without loss or repeat."""
