"""The tests; they mirror the packages. `tests/bench` holds benchmarks, run by command."""
