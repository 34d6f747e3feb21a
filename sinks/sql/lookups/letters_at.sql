-- The records of dead letters as they were: of one topic, by partition/offset.
SELECT
    partition, offset, key, value, headers, header_names, header_values, left_out, length, sha256, reason,
    toUnixTimestamp64Milli(recorded_at) AS recorded_at
FROM dead_letters FINAL
-- Before the rest of a row is read, which may be large; the key of the table is the same in all its versions.
PREWHERE topic = {topic:String}
    AND concat(toString(partition), '/', toString(offset)) IN (SELECT arrayJoin(splitByChar('\n', {places:String})))
