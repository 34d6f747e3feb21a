-- Which notices were sent: each once, whoever sends, and whenever it is started again.
CREATE TABLE IF NOT EXISTS notices
(
    target LowCardinality(String) COMMENT 'Name of the target in the file of notices',
    rule LowCardinality(String) COMMENT 'Name of the rule there',
    about String COMMENT 'Which case it is about: a person, a source, an account, a topic and reason, an issue or a week',
    episode String COMMENT 'Since when the case is so; empty if nobody can say',
    size UInt64 COMMENT 'How many records the case is about; 0 if there is nothing to count',
    state LowCardinality(String) COMMENT 'sending, sent, failed (nothing was sent) or over (the case is not so any more)',
    attempt String COMMENT 'Which attempt at sending says so; empty for over',
    at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was said'
)
ENGINE = MergeTree
ORDER BY (target, rule, about, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Which notices were sent, to which target and by which rule; written by the command notify';
