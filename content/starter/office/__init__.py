"""Building the standard templates as office files from readable TOML sources.

A source in `content/starter/library` holds every text, column, list and formula of its template;
the builders know only how a section, a table or a slide looks. The same source gives the same
bytes.
"""
