"""What ad platforms export: performance, clicks and keyword lists."""
