-- How many facts there are.
SELECT count() AS facts FROM events FINAL
