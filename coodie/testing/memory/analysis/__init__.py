"""What can be refused before a statement runs: functions of its node and the schema."""
