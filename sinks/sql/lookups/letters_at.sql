-- The records of dead letters as they were: of one topic, by partition/offset.
SELECT
    partition, offset, key, value, headers, header_names, header_values, left_out, length, sha256, reason,
    toUnixTimestamp64Milli(recorded_at) AS recorded_at
FROM dead_letters FINAL
WHERE topic = {topic:String}
    AND has(splitByChar('\n', {places:String}), concat(toString(partition), '/', toString(offset)))
