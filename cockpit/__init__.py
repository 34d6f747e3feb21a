"""The cockpit: pages over the reports, for whoever looks at them in a browser."""
