"""Every query: functions that take a session, move rows in sets, and give facts or ids."""
