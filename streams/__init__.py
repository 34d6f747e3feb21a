"""Topics to journeys: the Faust app, its agents, tables and strict delivery."""
