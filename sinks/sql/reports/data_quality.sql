-- What could not be understood, and what is incomplete?
-- ~ bars: issue; rows
SELECT area, issue, rows, example
FROM data_quality
ORDER BY area, rows DESC, issue
