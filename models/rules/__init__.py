"""Pure rules: standard library only, facts and a moment in, a decision out."""
