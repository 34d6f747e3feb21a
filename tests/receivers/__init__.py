"""Fakes of the platforms that conversions and leads go back to, with the rules that vendors document."""
