"""Notices: what somebody has to know without asking, sent once to where they are."""
