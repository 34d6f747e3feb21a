-- Which records could not be understood, and which of them still wait to be sent again.
-- Grain: one row per record that was put aside.
-- A copy that was sent again and failed again is a record of its own, with a row of its own.
CREATE OR REPLACE VIEW dead_letter_states
(
    topic String COMMENT 'Topic that the record stood in',
    partition Int32 COMMENT 'Partition that the record stood in; negative for a record that its topic refused',
    offset Int64 COMMENT 'Offset of the record in its partition',
    state String COMMENT 'waiting: can be sent again; redriven: was sent again; kept: is no record of a topic of ours, or its bytes are nowhere',
    reason String COMMENT 'Short code of why it was put aside, for example schema_invalid',
    error String COMMENT 'Which field broke which rule; never quotes the record',
    attempts UInt32 COMMENT 'How often it had been sent again before it failed here',
    bytes Nullable(UInt64) COMMENT 'Length of its value; NULL if it has none or nobody could read it',
    in_kafka_only UInt8 COMMENT '1 if parts of it were too large for a dead letter, and stand in its topic alone',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When the record was written to its topic',
    failed_at DateTime64(3, 'UTC') COMMENT 'When it was put aside',
    outcome String COMMENT 'Of a redriven one: sent, loaded or superseded; else empty',
    redriven_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was sent again; NULL if it was not',
    sent_to String COMMENT 'Where its copy stands, topic/partition/offset; empty if it was not sent'
)
AS SELECT
    letters.topic AS topic,
    letters.partition AS partition,
    letters.offset AS offset,
    multiIf(
        redriven.outcome != '', 'redriven',
        letters.topic NOT IN (
            'website.events', 'utm.events', 'sem.events', 'crm.events', 'identity.links', 'identity.assignments',
            'click.mentions', 'journey.facts', 'journeys', 'opportunities', 'outbox', 'contacts'
        ), 'kept',
        letters.partition < 0 AND (isNull(letters.value) OR notEmpty(letters.left_out)), 'kept',
        'waiting'
    ) AS state,
    letters.reason AS reason,
    letters.error AS error,
    came.attempt AS attempts,
    coalesce(letters.length, length(letters.value)) AS bytes,
    notEmpty(letters.left_out) OR (isNull(letters.value) AND letters.reason != 'empty') AS in_kafka_only,
    letters.recorded_at AS recorded_at,
    letters.failed_at AS failed_at,
    redriven.outcome AS outcome,
    if(redriven.outcome = '', NULL, redriven.redriven_at) AS redriven_at,
    ifNull(
        concat(letters.topic, '/', toString(redriven.sent_to_partition), '/', toString(redriven.sent_to_offset)), ''
    ) AS sent_to
FROM (SELECT * FROM dead_letters FINAL) AS letters
LEFT JOIN (SELECT * FROM redriven_letters FINAL) AS redriven
    ON letters.topic = redriven.topic
    AND letters.partition = redriven.partition
    AND letters.offset = redriven.offset
    AND letters.recorded_at = redriven.recorded_at
LEFT JOIN
(
    SELECT topic, assumeNotNull(sent_to_partition) AS partition, assumeNotNull(sent_to_offset) AS offset, max(attempt) AS attempt
    FROM redriven_letters FINAL
    WHERE isNotNull(sent_to_offset)
    GROUP BY topic, partition, offset
) AS came
    ON letters.topic = came.topic AND letters.partition = came.partition AND letters.offset = came.offset
COMMENT 'Records that could not be understood, and which of them still wait to be sent again';
