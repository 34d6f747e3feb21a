-- Which dead letters wait to be sent again, the oldest first; at the end those that were sent too often already.
SELECT
    topic, partition, offset, toUnixTimestamp64Milli(recorded_at) AS recorded_at, reason, attempts,
    ifNull(bytes, 0) AS bytes
FROM dead_letter_states
WHERE state = 'waiting'
    AND ({reasons:String} = '' OR has(splitByChar('\n', {reasons:String}), reason))
    AND ({topics:String} = '' OR has(splitByChar('\n', {topics:String}), topic))
    AND toUnixTimestamp64Milli(failed_at) >= {since:Int64}
ORDER BY attempts >= {attempts:Int64}, failed_at, topic, partition, offset
LIMIT {most:UInt32}
