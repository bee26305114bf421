"""Benchmarks: run by command, never by pytest."""
