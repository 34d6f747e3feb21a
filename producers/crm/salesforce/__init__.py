"""Salesforce's change events and histories."""
