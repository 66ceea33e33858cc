"""What is printed of a stall: its card, as PDF, SVG or PNG, alone or for a whole market."""
