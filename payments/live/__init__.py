"""Live events: each payment told to the stall's open screens, in order, without loss or repeat."""
