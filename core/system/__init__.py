"""The system as its operator sees it: what it runs on, how much it holds, and the trail of changes."""
