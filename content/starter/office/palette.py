"""Colours and type that all templates share. Status colours are for status only."""

# Six hexadecimal digits, as the office formats write them.
INK = "1C2B30"
SOFT = "5A6A70"
ACCENT = "0F4C5C"
ACCENT_SOFT = "E1EEF0"
LINE = "C9C4BA"
SHADE = "F4F2EE"
WHITE = "FFFFFF"
GREEN, GREEN_SOFT = "1D6A43", "DDF0E5"
AMBER, AMBER_SOFT = "8A5A00", "FBEBCB"
RED, RED_SOFT = "A3261B", "FADFDB"

# In every office program, or replaced by its metric twin Carlito.
FONT = "Calibri"
ORGANISATION = "Northmere Utilities PMO"
EXAMPLE = "Example"
