-- One record that could not be understood, as it was.
SELECT topic, partition, offset, reason, error, key, value, headers, recorded_at, failed_at, app_version
FROM dead_letters FINAL
WHERE topic = {topic:String} AND partition = {partition:Int32} AND offset = {offset:Int64}
