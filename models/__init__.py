"""What is true: rules, inputs, tables, store, reports."""
