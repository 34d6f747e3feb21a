"""What assistants may ask by the Model Context Protocol: reports, leads, the data's health."""
