"""Who may see and do what in the cockpit: users, sessions, what a request must show, and the log of it."""
