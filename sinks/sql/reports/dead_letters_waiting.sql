-- How many records wait to be sent again, by topic and reason?
SELECT topic, reason, waiting, sent_before, oldest, newest, example
FROM dead_letters_waiting
ORDER BY waiting DESC, topic, reason
