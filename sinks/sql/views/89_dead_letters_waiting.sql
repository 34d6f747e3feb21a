-- How many records wait to be sent again after what was wrong is put right, by topic and reason.
-- Grain: one row per topic and reason.
CREATE OR REPLACE VIEW dead_letters_waiting
(
    topic String COMMENT 'Topic that the records stood in',
    reason String COMMENT 'Short code of why they were put aside',
    waiting UInt64 COMMENT 'How many wait',
    sent_before UInt64 COMMENT 'How many of them failed again after they had been sent again',
    oldest DateTime64(3, 'UTC') COMMENT 'When the first of them was put aside',
    newest DateTime64(3, 'UTC') COMMENT 'When the last of them was put aside',
    example String COMMENT 'One of them: topic/partition/offset'
)
AS SELECT
    topic,
    reason,
    count() AS waiting,
    countIf(attempts > 0) AS sent_before,
    min(failed_at) AS oldest,
    max(failed_at) AS newest,
    min(concat(topic, '/', toString(partition), '/', toString(offset))) AS example
FROM dead_letter_states
WHERE state = 'waiting'
GROUP BY topic, reason
COMMENT 'How many records wait to be sent again, by topic and reason';
