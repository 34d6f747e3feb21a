-- One record that could not be understood, as it was, as far as a dead letter had room for it, and its state.
SELECT
    letters.topic AS topic, letters.partition AS partition, letters.offset AS offset, letters.reason AS reason,
    letters.error AS error, letters.key AS key, letters.value AS value, letters.headers AS headers,
    letters.left_out AS left_out, letters.length AS length, letters.sha256 AS sha256,
    letters.recorded_at AS recorded_at, letters.failed_at AS failed_at, letters.app_version AS app_version,
    states.state AS state, states.attempts AS attempts, states.in_kafka_only AS in_kafka_only,
    states.outcome AS outcome, states.redriven_at AS redriven_at, states.sent_to AS sent_to
FROM dead_letters AS letters FINAL
LEFT JOIN dead_letter_states AS states
    ON letters.topic = states.topic AND letters.partition = states.partition AND letters.offset = states.offset
WHERE letters.topic = {topic:String} AND letters.partition = {partition:Int32} AND letters.offset = {offset:Int64}
