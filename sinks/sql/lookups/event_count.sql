-- How many facts were recorded; links that were derived from them are not counted.
SELECT count() AS facts FROM events FINAL WHERE source != 'leadtrace'
