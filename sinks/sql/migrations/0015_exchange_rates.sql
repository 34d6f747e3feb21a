-- What currencies were worth, by day; a later report of a day replaces the earlier one.
CREATE TABLE IF NOT EXISTS exchange_rate_reports
(
    currency LowCardinality(String) COMMENT 'ISO 4217 code of the currency of which one unit is told of',
    in_currency LowCardinality(String) COMMENT 'ISO 4217 code of the currency in which its worth is told',
    day Date COMMENT 'Day of the rate, as its source names it',
    rate Decimal(38, 18) COMMENT 'How many units of in_currency one unit of currency is worth',
    reported_at DateTime64(3, 'UTC') COMMENT 'When the file with it was made',
    received_at DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    event_id UUID COMMENT 'Id of the fact behind this row',
    version UInt128 COMMENT 'Larger for the report that counts: the newest; of one report, the copy received first'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (currency, in_currency, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Exchange rates as imported, one row for each pair and day; read it with FINAL, or the view exchange_rates';
