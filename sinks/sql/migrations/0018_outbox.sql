-- What was told to CRMs, ad platforms and others, and what came back: the log of the way back, a row for each of its records.
CREATE TABLE IF NOT EXISTS outbox
(
    log_offset Int64 COMMENT 'Place of the record in its topic',
    `key` String COMMENT 'Key of the order; empty for a record about an account or a claim',
    event LowCardinality(String) COMMENT 'claimed, planned, attempted, answered, decided or account_set',
    at DateTime64(3, 'UTC') COMMENT 'When it was said',
    claim UInt64 COMMENT 'The claim that it was said under; 0 if a person says it',
    destination LowCardinality(String) COMMENT 'Kind of destination, for example webhook or baidu',
    account LowCardinality(String) COMMENT 'Name of the account in the policy file',
    lead String COMMENT 'What the lead or deal is called at all accounts for ever; only of planned',
    occasion LowCardinality(String) COMMENT 'stage, lead (it changed) or invalid; only of planned',
    stage LowCardinality(String) COMMENT 'Stage that was entered; only of planned',
    occurrence UInt32 COMMENT 'The how-many-eth entry into it; only of planned',
    person String COMMENT 'Id of the person when it was planned; only of planned',
    deal String COMMENT 'Identifier of the deal, for its stages; only of planned',
    evidence String COMMENT 'Event id of the fact that says so; only of planned',
    happened_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered; only of planned',
    told String COMMENT 'The order whole, as JSON; only of planned' CODEC(ZSTD(1)),
    attempt UInt32 COMMENT 'The how-many-eth attempt; 0 if nothing was tried',
    is_repeatable Bool COMMENT 'Whether the receiver knows a repeat; only of attempted',
    state LowCardinality(String) COMMENT 'What became of the order, of answered; sent or again, of decided; open or closed, of account_set',
    code String COMMENT 'The receiver''s own word for it',
    why String COMMENT 'Why, in a sentence without personal data',
    reference String COMMENT 'The receiver''s id of what it took',
    retry_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is tried again; NULL if it is not',
    ask_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is asked what became of it; NULL if it is not'
)
ENGINE = ReplacingMergeTree
ORDER BY (`key`, log_offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'The log of what was told to CRMs, ad platforms and others, as it stands in its topic; read it with FINAL, or the view outbox_orders';
