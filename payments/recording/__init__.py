"""Recording: the one way by which money comes in, and the check that it came in right."""
