"""Faults that can be switched on, so that a partner sees its bank fail in every known way.

The books are always right: a fault concerns what is told, and when. `plan` decides which event meets
which fault, from a seed; the other modules play them where they belong: `outgoing` when a message is
made and settled, `sending` when it is sent, `calls` around the partner's API, `reading` in statements.
"""
