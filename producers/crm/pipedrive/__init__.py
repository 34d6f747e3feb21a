"""Pipedrive's webhooks."""
