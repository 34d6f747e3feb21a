"""Measurements: ratios within one run, on the real servers, with bounded load."""
