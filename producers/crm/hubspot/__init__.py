"""HubSpot's events and histories."""
