"""The analysis of statements before they run: functions of a node and the schema, which refuse invalid statements."""
