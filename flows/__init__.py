"""Order and fan-out, nothing else: each flow is one short sweep or one command of a person."""
