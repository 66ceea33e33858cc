"""Tables in files: read from CSV and from spreadsheets, written as XLSX. What their columns mean is not known here."""
