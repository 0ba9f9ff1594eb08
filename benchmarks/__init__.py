"""Ratios against limits and peers; see README.md."""
