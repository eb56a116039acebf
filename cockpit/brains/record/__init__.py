"""What came true: marking, honest errors, standings and alarms."""
