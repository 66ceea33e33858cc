"""The only writers of kept answers and of the throttle of tries."""
