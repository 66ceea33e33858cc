"""Whether a code is genuine, for everybody."""
