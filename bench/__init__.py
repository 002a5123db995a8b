"""The benchmarks: `make bench`, or `make bench only=NAME` for one."""
