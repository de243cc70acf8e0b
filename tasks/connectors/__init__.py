"""Plain clients of the outside world; no Prefect, no ORM."""
