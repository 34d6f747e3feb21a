"""The facts on each topic, their codec and the topics themselves; pure."""
