"""Sheets of paper made on the server: set with reportlab, Chinese by the CID fonts that every reader of PDF brings or replaces.

No font of this machine is used and none is embedded, so that a sheet is small and looks the same wherever it was made.
"""
