"""Recurring themes and their measures: arrays first, tables where a run is kept."""
