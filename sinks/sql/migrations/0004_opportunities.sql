-- One row per deal: revenue is counted here, and only here.
CREATE TABLE IF NOT EXISTS opportunities
(
    deal String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    version UInt64 COMMENT 'Larger for the newer state of the deal; the largest counts',
    policy_version LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    known_at DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    is_deleted UInt8 COMMENT '1 if there is no such deal any more; FINAL hides the row',
    name String COMMENT 'Name of the deal in the CRM',
    account String COMMENT 'Account of the deal',
    owner String COMMENT 'Who owns the deal in sales',
    people Array(String) COMMENT 'Identifiers of the people on the deal',
    stage LowCardinality(String) COMMENT 'Stage that the deal stands in',
    amount_minor UInt64 COMMENT 'Amount in hundredths of the currency unit',
    currency LowCardinality(String) COMMENT 'ISO 4217 code of the currency; empty if not known',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the deal became an opportunity',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was won or lost; NULL while it is open',
    reason String COMMENT 'Why it was won or lost, if the CRM says',
    poc_started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the proof of concept began; NULL if there was none',
    poc_ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the proof of concept ended; NULL if it did not',
    poc_result String COMMENT 'Result of the proof of concept',
    poc_reason String COMMENT 'Why the proof of concept failed',
    `stages.stage` Array(String) COMMENT 'Stage entered; the arrays stages.… belong together, one element per entry, in order of time',
    `stages.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered',
    `stages.occurrence` Array(UInt32) COMMENT 'The how-many-eth entry into this stage it was',
    `stages.id` Array(String) COMMENT 'Event id of the fact that says so',
    `stages.system` Array(String) COMMENT 'System that said so',
    `stages.raw` Array(String) COMMENT 'The stage in the words of that system',
    `stages.reason` Array(String) COMMENT 'Reason given for the change',
    `stages.deal` Array(String) COMMENT 'The deal itself',
    issues Array(String) COMMENT 'What could not be understood in the facts of the deal'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY deal
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'One row per deal as it stands; read it with FINAL, and never clean up its deleted rows';
