-- What advertising cost, by keyword and day; a later report of a day replaces the earlier one, never adds to it.
CREATE TABLE IF NOT EXISTS ad_performance
(
    platform LowCardinality(String) COMMENT 'Ad platform, for example baidu or google',
    account String COMMENT 'Ad account',
    campaign String COMMENT 'Name of the campaign (计划)',
    campaign_id String COMMENT 'Id of the campaign on the platform',
    ad_group String COMMENT 'Name of the ad group (单元)',
    ad_group_id String COMMENT 'Id of the ad group on the platform',
    keyword String COMMENT 'Keyword that was bid on (关键词); empty where the platform reports cost without one',
    keyword_id String COMMENT 'Id of the keyword on the platform',
    match_type LowCardinality(String) COMMENT 'How closely a search had to match the keyword',
    device LowCardinality(String) COMMENT 'Kind of device, if the report tells',
    day Date COMMENT 'Day in the time zone of the ad account',
    impressions UInt64 COMMENT 'How often ads were shown',
    clicks UInt64 COMMENT 'How often ads were clicked',
    cost_micros UInt64 COMMENT 'Cost in millionths of the currency unit',
    currency LowCardinality(String) COMMENT 'ISO 4217 code of the currency; empty if the report does not say',
    reported_at DateTime64(3, 'UTC') COMMENT 'When the platform made the report',
    received_at DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    event_id UUID COMMENT 'Id of the fact behind this row',
    version UInt128 COMMENT 'Larger for the report that counts: the newest; of one report, the copy received first'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (platform, account, campaign, ad_group, keyword, keyword_id, match_type, device, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Impressions, clicks and cost by keyword and day as the ad platforms report them; read it with FINAL';
