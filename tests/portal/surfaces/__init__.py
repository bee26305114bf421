"""What a person may not see leaves no trace: a table of who reads what, walked over every surface.

`table` says who reads what, `scene` builds the people and the lessons of the table, `walk` fills
every address that the application has, and the tests hold one against the other.
"""
