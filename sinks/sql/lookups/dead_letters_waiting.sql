-- How many dead letters wait to be sent again, by topic and reason.
SELECT topic, reason, waiting FROM dead_letters_waiting ORDER BY topic, reason
