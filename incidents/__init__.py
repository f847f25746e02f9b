"""What happened and how urgent: alarms and incidents, from the first report to closure."""
