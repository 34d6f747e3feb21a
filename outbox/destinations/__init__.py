"""Systems that are told, a module each: pure builders of requests and readers of answers."""
