"""Touches the world once per task: transactions, rules, connectors; batches of ids, never one run per row."""
