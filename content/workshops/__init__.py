"""Closing workshops: a team adds notes without names, and the project's manager groups them.

`planning` makes a workshop and its link, `notes` is what whoever has the link can do, `groups` is
the manager's board, and `lessons` turns a group into a lesson. Nothing here keeps who wrote a note.
"""
