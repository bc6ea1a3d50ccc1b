"""After the switch: drain and stop the former releases, and keep only what releases need."""
