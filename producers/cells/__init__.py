"""Texts of files and requests to tables, numbers, days and moments, exactly or not at all."""
