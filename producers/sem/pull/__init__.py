"""What ad platforms say over their interfaces, day by day, as the same facts that their exports make."""
