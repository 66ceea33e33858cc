"""`payments verify`: re-checks every invariant of the money over all that is stored."""
