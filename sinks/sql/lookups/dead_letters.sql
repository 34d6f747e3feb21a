-- The newest records that could not be understood, and why.
SELECT topic, partition, offset, reason, error, recorded_at, failed_at, length(value) AS bytes
FROM dead_letters FINAL
ORDER BY failed_at DESC, topic, partition, offset
LIMIT {most:UInt32}
