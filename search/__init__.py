"""Search over what the organisation knows. Knows Whoosh and NumPy, never tables or pages."""
