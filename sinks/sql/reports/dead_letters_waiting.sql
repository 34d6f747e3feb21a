-- How many records wait to be sent again, by topic and reason?
-- ~ bars: topic, reason; waiting
SELECT topic, reason, waiting, sent_before, oldest, newest, example
FROM dead_letters_waiting
ORDER BY waiting DESC, topic, reason
