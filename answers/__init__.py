"""Answers as people look at them: tables, charts, pictures and workbooks, which commands and pages share."""
