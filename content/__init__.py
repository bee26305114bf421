"""What the organisation knows: tables, rules, verbs and files. Knows SQLAlchemy, never Flask."""
