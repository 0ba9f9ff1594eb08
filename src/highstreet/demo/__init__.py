"""`highstreet demo`: a seeded town with server, wallet and shoppers as child processes, and a live board."""

from highstreet.demo.run import DemoError, DemoOptions, run_demo

__all__ = ["DemoError", "DemoOptions", "run_demo"]
