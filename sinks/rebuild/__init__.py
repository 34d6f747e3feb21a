"""Derives all journeys and deals anew from the table `events`, in a batch."""
