-- How many records could not be understood, by topic and reason.
SELECT topic, reason, count() AS records, max(failed_at) AS newest
FROM dead_letters FINAL
GROUP BY topic, reason
ORDER BY records DESC, topic, reason
