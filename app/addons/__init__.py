"""Built-in addons: hooks only, no framework."""
