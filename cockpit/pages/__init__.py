"""The pages: what each asks for, and how its answers become what its template shows."""
