"""Printing: a page is a list of shapes, which painters turn into PDF, SVG or PNG. What is printed is not known here."""
