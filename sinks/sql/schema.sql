-- The schema after all migrations, as the server states it; written by `python -m sinks.schema`.

CREATE TABLE ad_performance
(
    `platform` LowCardinality(String) COMMENT 'Ad platform, for example baidu or google',
    `account` String COMMENT 'Ad account',
    `campaign` String COMMENT 'Name of the campaign (计划)',
    `campaign_id` String COMMENT 'Id of the campaign on the platform',
    `ad_group` String COMMENT 'Name of the ad group (单元)',
    `ad_group_id` String COMMENT 'Id of the ad group on the platform',
    `keyword` String COMMENT 'Keyword that was bid on (关键词); empty where the platform reports cost without one',
    `keyword_id` String COMMENT 'Id of the keyword on the platform',
    `match_type` LowCardinality(String) COMMENT 'How closely a search had to match the keyword',
    `device` LowCardinality(String) COMMENT 'Kind of device, if the report tells',
    `day` Date COMMENT 'Day in the time zone of the ad account',
    `impressions` UInt64 COMMENT 'How often ads were shown',
    `clicks` UInt64 COMMENT 'How often ads were clicked',
    `cost_micros` UInt64 COMMENT 'Cost in millionths of the currency unit',
    `currency` LowCardinality(String) COMMENT 'ISO 4217 code of the currency; empty if the report does not say',
    `reported_at` DateTime64(3, 'UTC') COMMENT 'When the platform made the report',
    `received_at` DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    `event_id` UUID COMMENT 'Id of the fact behind this row',
    `version` UInt128 COMMENT 'Larger for the report that counts: the newest; of one report, the copy received first'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (platform, account, campaign, ad_group, keyword, keyword_id, match_type, device, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'
COMMENT 'Impressions, clicks and cost by keyword and day as the ad platforms report them; read it with FINAL';

CREATE TABLE closed_touchpoints
(
    `person` String COMMENT 'Id of the person',
    `ref` String COMMENT 'What the snapshots of this person call the touchpoint; it follows from what it says',
    `record` String COMMENT 'The touchpoint as it came, as JSON' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (person, ref)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 256, default_compression_codec = 'ZSTD(1)'
COMMENT 'For the loader alone: touchpoints that snapshots name instead of carrying them; in journeys they stand themselves';

CREATE TABLE computed_credits
(
    `model_version` String COMMENT 'Hash of the method, its parameters and the range of the data',
    `computed_at` DateTime64(3, 'UTC') COMMENT 'When it was computed; the rows of one model_version and one such time are one run',
    `model` LowCardinality(String) COMMENT 'markov_1, markov_2, shapley_chain or shapley_paths',
    `milestone` LowCardinality(String) COMMENT 'Conversion that is credited, as in conversions',
    `by` LowCardinality(String) COMMENT 'Dimension whose values are credited: a column of touchpoints',
    `first_day` Date COMMENT 'First day of the conversions',
    `last_day` Date COMMENT 'Last day of the conversions',
    `lookback_days` UInt32 COMMENT 'How long before the conversion a touchpoint counted; 0: at any time',
    `kinds` String COMMENT 'Kinds of touchpoints that counted, with commas between them; empty: all',
    `seed` UInt32 COMMENT 'Seed of what was drawn by chance',
    `draws` UInt32 COMMENT 'How often the journeys were drawn anew for the intervals',
    `journeys` UInt64 COMMENT 'Journeys with a touchpoint that went into the model, converted or not',
    `converted` UInt64 COMMENT 'Those of them that converted',
    `warning` String COMMENT 'What a reader must know before taking the credits for certain; empty if nothing',
    `value` String COMMENT 'Value of the dimension; (none) stands for conversions without any touchpoint',
    `currency` LowCardinality(String) COMMENT 'Currency of the conversions; empty for those of persons, or if not known',
    `effect` Float64 COMMENT 'What the method measured: the removal effect, the probability of converting that the value adds, or its conversions',
    `share` Float64 COMMENT 'Share of the conversions in this currency that the value earns',
    `share_low` Float64 COMMENT 'Below it lie 5 of 100 shares of journeys drawn anew',
    `share_high` Float64 COMMENT 'Above it lie 5 of 100 shares of journeys drawn anew',
    `sampling_error` Float64 COMMENT 'Standard error of a share that was sampled; 0 if it was computed exactly',
    `conversions` Decimal(18, 6) COMMENT 'Conversions that the value earns; all values sum to the conversions exactly',
    `revenue` Decimal(38, 2) COMMENT 'Revenue that the value earns, in currency units; all values sum to the revenue exactly'
)
ENGINE = ReplacingMergeTree
ORDER BY (model_version, computed_at, value, currency)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Credits by models that are computed, as the command attribute wrote them; read it through the view data_driven_credits';

CREATE TABLE dead_letters
(
    `topic` LowCardinality(String) COMMENT 'Topic that the record stood in',
    `partition` Int32 COMMENT 'Partition that the record stood in; negative for a record that its topic refused',
    `offset` Int64 COMMENT 'Offset of the record in its partition; with a negative partition, that of the dead letter',
    `reason` LowCardinality(String) COMMENT 'Short code of why it was put aside, for example schema_invalid',
    `error` String COMMENT 'Which field broke which rule; never quotes the record',
    `key` Nullable(String) COMMENT 'Original bytes of the key; NULL if it had none',
    `value` Nullable(String) COMMENT 'Original bytes of the value; NULL if it had none or was too large to keep' CODEC(ZSTD(1)),
    `headers` Map(String, String) COMMENT 'Original headers of the record',
    `header_names` Array(String) COMMENT 'Names of the headers of the record, in their order',
    `header_values` Array(Nullable(String)) COMMENT 'Original bytes of the values of its headers',
    `left_out` Array(LowCardinality(String)) COMMENT 'Parts of the record that stand in its topic only: value, key, headers',
    `length` Nullable(UInt64) COMMENT 'Length of the value in bytes; NULL if it has none or nobody could read it',
    `sha256` String COMMENT 'SHA-256 of a value that was left out, in hex',
    `recorded_at` DateTime64(3, 'UTC') COMMENT 'When the record was written to its topic',
    `failed_at` DateTime64(3, 'UTC') COMMENT 'When it was put aside; the newest time counts',
    `app_version` String COMMENT 'Version of Leadtrace that put it aside'
)
ENGINE = ReplacingMergeTree(failed_at)
ORDER BY (topic, partition, offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Records that could not be understood, one row per record however often it was put aside; read it with FINAL';

CREATE TABLE events
(
    `event_id` UUID COMMENT 'Id of the fact; copies of one fact have the same id and are one row',
    `type` LowCardinality(String) COMMENT 'What happened, for example page_viewed or deal_recorded',
    `subject` String COMMENT 'Identifier whose fact it is, for example anon:…, crm:<system>:<id> or deal:<system>:<id>',
    `occurred_at` DateTime64(3, 'UTC') COMMENT 'When it happened',
    `received_at` DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    `source` LowCardinality(String) COMMENT 'Which producer recorded it',
    `schema_version` UInt8 COMMENT 'Version of the shape of the payload',
    `fingerprint` String COMMENT '32 hex digits that are equal for equal content, whenever it was received',
    `payload` String COMMENT 'The whole fact as JSON' CODEC(ZSTD(1)),
    `version` UInt64 COMMENT 'Larger for the copy of an event id that counts: the earliest received',
    INDEX by_subject subject TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY event_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'
COMMENT 'Every fact as recorded, one row per event id; read it with FINAL';

CREATE TABLE exchange_rate_reports
(
    `currency` LowCardinality(String) COMMENT 'ISO 4217 code of the currency of which one unit is told of',
    `in_currency` LowCardinality(String) COMMENT 'ISO 4217 code of the currency in which its worth is told',
    `day` Date COMMENT 'Day of the rate, as its source names it',
    `rate` Decimal(38, 18) COMMENT 'How many units of in_currency one unit of currency is worth',
    `reported_at` DateTime64(3, 'UTC') COMMENT 'When the file with it was made',
    `received_at` DateTime64(3, 'UTC') COMMENT 'When Leadtrace learnt it',
    `event_id` UUID COMMENT 'Id of the fact behind this row',
    `version` UInt128 COMMENT 'Larger for the report that counts: the newest; of one report, the copy received first'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (currency, in_currency, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Exchange rates as imported, one row for each pair and day; read it with FINAL, or the view exchange_rates';

CREATE TABLE journey_days
(
    `person` String COMMENT 'Id of the person: the smallest CRM identifier, else the smallest identifier',
    `version` UInt64 COMMENT 'Larger for the newer state of the journey; the largest counts',
    `policy_version` LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    `known_at` DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    `is_deleted` UInt8 COMMENT '1 if the person became part of another one',
    `is_lead` Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    `is_bot` Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    `is_internal` Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    `truncated` Bool COMMENT 'Whether the journey is so long that its middle is left out',
    `facts` UInt32 COMMENT 'Number of facts behind this row',
    `first_at` DateTime64(3, 'UTC') COMMENT 'When the first fact happened; 1970 if there is none',
    `last_at` DateTime64(3, 'UTC') COMMENT 'When the last fact happened; 1970 if there is none',
    `identifiers` Array(String) COMMENT 'All identifiers of the person',
    `account` String COMMENT 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one',
    `domain` String COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one',
    `company` String COMMENT 'Name of the company',
    `owner` String COMMENT 'Who owns the lead in sales',
    `lead_source` String COMMENT 'What the CRM itself says brought the lead',
    `attributes` Map(String, String) COMMENT 'What else the CRM says of the person, in its words: of each name the newest value',
    `grade` String COMMENT 'Newest grade that sales gave',
    `tags` Array(String) COMMENT 'Tags that sales gave',
    `canonical_grade` String COMMENT 'What the newest grade means; empty without one, or if the policy does not know it',
    `graded_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When sales gave the newest grade; NULL without one',
    `canonical_tags` Array(String) COMMENT 'What the tags mean, as far as the policy knows them',
    `touchpoints.id` Array(String) COMMENT 'Event id of the fact that began the touchpoint; the arrays touchpoints.… belong together, one element per touchpoint, in order of (time, id)',
    `touchpoints.kind` Array(String) COMMENT 'Kind of contact, for example visit or qr_scan',
    `touchpoints.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    `touchpoints.ended_at` Array(DateTime64(3, 'UTC')) COMMENT 'When its last fact happened',
    `touchpoints.identifier` Array(String) COMMENT 'Identifier that the touchpoint was seen under',
    `touchpoints.channel` Array(String) COMMENT 'Channel by the policy, for example paid_search',
    `touchpoints.rule` Array(String) COMMENT 'Rule of the policy that chose the channel',
    `touchpoints.platform` Array(String) COMMENT 'Ad platform',
    `touchpoints.source` Array(String) COMMENT 'Source, for example the utm_source or the search engine',
    `touchpoints.medium` Array(String) COMMENT 'Medium, for example cpc',
    `touchpoints.campaign` Array(String) COMMENT 'Campaign (计划)',
    `touchpoints.campaign_id` Array(String) COMMENT 'Id of the campaign',
    `touchpoints.ad_group` Array(String) COMMENT 'Ad group (单元)',
    `touchpoints.ad_group_id` Array(String) COMMENT 'Id of the ad group',
    `touchpoints.keyword` Array(String) COMMENT 'Keyword that was bid on (关键词)',
    `touchpoints.keyword_id` Array(String) COMMENT 'Id of the keyword',
    `touchpoints.search_term` Array(String) COMMENT 'What the person typed',
    `touchpoints.content` Array(String) COMMENT 'Content that was clicked, for example an article or an ad variant',
    `touchpoints.author` Array(String) COMMENT 'Author of the content',
    `touchpoints.published` Array(String) COMMENT 'Day on which the content was published',
    `touchpoints.landing_url` Array(String) COMMENT 'First page, without personal data',
    `touchpoints.referrer` Array(String) COMMENT 'Page that led there',
    `touchpoints.click_network` Array(String) COMMENT 'Ad network that the click id belongs to',
    `touchpoints.click_ids` Array(Array(String)) COMMENT 'Click ids seen',
    `touchpoints.resolved_by` Array(String) COMMENT 'What told the keyword, if the page address alone did not',
    `touchpoints.pages` Array(UInt32) COMMENT 'Number of pages read',
    `touchpoints.dwell_ms` Array(UInt64) COMMENT 'Time on the pages, in milliseconds',
    `touchpoints.forms` Array(UInt32) COMMENT 'Number of forms sent',
    `touchpoints.is_bot` Array(Bool) COMMENT 'Whether the visit looks like that of a machine',
    `stages.stage` Array(String) COMMENT 'Stage entered; the arrays stages.… belong together, one element per entry, in order of time',
    `stages.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered',
    `stages.occurrence` Array(UInt32) COMMENT 'The how-many-eth entry into this stage it was',
    `stages.id` Array(String) COMMENT 'Event id of the fact that says so',
    `stages.system` Array(String) COMMENT 'System that said so',
    `stages.raw` Array(String) COMMENT 'The stage in the words of that system',
    `stages.reason` Array(String) COMMENT 'Reason given for the change',
    `stages.deal` Array(String) COMMENT 'Deal whose stage it is; empty for a stage of the person',
    `follow_ups.id` Array(String) COMMENT 'Event id of the follow-up; the arrays follow_ups.… belong together, one element per follow-up, in order of time',
    `follow_ups.at` Array(DateTime64(3, 'UTC')) COMMENT 'When sales contacted or judged the lead',
    `follow_ups.category` Array(String) COMMENT 'Category that sales gave',
    `follow_ups.grade` Array(String) COMMENT 'Grade that sales gave',
    `follow_ups.tags` Array(Array(String)) COMMENT 'Tags that sales gave',
    `follow_ups.owner` Array(String) COMMENT 'Who did it',
    `follow_ups.canonical_category` Array(String) COMMENT 'What the category means; empty if the policy does not know it',
    `follow_ups.canonical_grade` Array(String) COMMENT 'What the grade means; empty if the policy does not know it',
    `follow_ups.canonical_tags` Array(Array(String)) COMMENT 'What the tags mean, as far as the policy knows them',
    `follow_ups.is_answer` Array(Bool) COMMENT 'Whether it answers the lead, by the policy',
    `deals.deal` Array(String) COMMENT 'Identifier of a deal that the person is on; the arrays deals.… belong together, one element per deal',
    `deals.name` Array(String) COMMENT 'Name of the deal',
    `deals.stage` Array(String) COMMENT 'Stage that the deal stands in',
    `deals.opened_at` Array(DateTime64(3, 'UTC')) COMMENT 'When the deal became an opportunity',
    `deals.closed_at` Array(Nullable(DateTime64(3, 'UTC'))) COMMENT 'When it was won or lost; NULL while it is open',
    `deals.amount_minor` Array(UInt64) COMMENT 'Amount in hundredths of the currency unit; never sum it here, several people may be on one deal',
    `deals.currency` Array(String) COMMENT 'ISO 4217 code of the currency',
    `issues` Array(String) COMMENT 'What could not be understood in the facts of the person',
    `published_at` DateTime64(3, 'UTC') COMMENT 'When the snapshot was published, and so could be reported',
    `day` Date COMMENT 'Day on which that was, in the time zone of the reports; midnight belongs to the day that it ends',
    INDEX by_identifier identifiers TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (person, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'
COMMENT 'The last snapshot of every journey on each day on which one was published; read it through the view journeys_as_of';

CREATE TABLE journey_versions
(
    `person` String COMMENT 'Id of the person: the smallest CRM identifier, else the smallest identifier',
    `version` UInt64 COMMENT 'Larger for the newer state of the journey; the largest counts',
    `policy_version` LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    `known_at` DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    `is_deleted` UInt8 COMMENT '1 if the person became part of another one; FINAL hides the row',
    `is_lead` Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    `is_bot` Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    `is_internal` Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    `truncated` Bool COMMENT 'Whether the journey is so long that its middle is left out',
    `facts` UInt32 COMMENT 'Number of facts behind this row',
    `first_at` DateTime64(3, 'UTC') COMMENT 'When the first fact happened; 1970 if there is none',
    `last_at` DateTime64(3, 'UTC') COMMENT 'When the last fact happened; 1970 if there is none',
    `identifiers` Array(String) COMMENT 'All identifiers of the person',
    `account` String COMMENT 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one',
    `domain` String COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one',
    `company` String COMMENT 'Name of the company',
    `owner` String COMMENT 'Who owns the lead in sales',
    `lead_source` String COMMENT 'What the CRM itself says brought the lead',
    `attributes` Map(String, String) COMMENT 'What else the CRM says of the person, in its words: of each name the newest value',
    `grade` String COMMENT 'Newest grade that sales gave',
    `tags` Array(String) COMMENT 'Tags that sales gave',
    `canonical_grade` String COMMENT 'What the newest grade means; empty without one, or if the policy does not know it',
    `graded_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When sales gave the newest grade; NULL without one',
    `canonical_tags` Array(String) COMMENT 'What the tags mean, as far as the policy knows them',
    `touchpoints.id` Array(String) COMMENT 'Event id of the fact that began the touchpoint; the arrays touchpoints.… belong together, one element per touchpoint, in order of (time, id)',
    `touchpoints.kind` Array(String) COMMENT 'Kind of contact, for example visit or qr_scan',
    `touchpoints.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    `touchpoints.ended_at` Array(DateTime64(3, 'UTC')) COMMENT 'When its last fact happened',
    `touchpoints.identifier` Array(String) COMMENT 'Identifier that the touchpoint was seen under',
    `touchpoints.channel` Array(String) COMMENT 'Channel by the policy, for example paid_search',
    `touchpoints.rule` Array(String) COMMENT 'Rule of the policy that chose the channel',
    `touchpoints.platform` Array(String) COMMENT 'Ad platform',
    `touchpoints.source` Array(String) COMMENT 'Source, for example the utm_source or the search engine',
    `touchpoints.medium` Array(String) COMMENT 'Medium, for example cpc',
    `touchpoints.campaign` Array(String) COMMENT 'Campaign (计划)',
    `touchpoints.campaign_id` Array(String) COMMENT 'Id of the campaign',
    `touchpoints.ad_group` Array(String) COMMENT 'Ad group (单元)',
    `touchpoints.ad_group_id` Array(String) COMMENT 'Id of the ad group',
    `touchpoints.keyword` Array(String) COMMENT 'Keyword that was bid on (关键词)',
    `touchpoints.keyword_id` Array(String) COMMENT 'Id of the keyword',
    `touchpoints.search_term` Array(String) COMMENT 'What the person typed',
    `touchpoints.content` Array(String) COMMENT 'Content that was clicked, for example an article or an ad variant',
    `touchpoints.author` Array(String) COMMENT 'Author of the content',
    `touchpoints.published` Array(String) COMMENT 'Day on which the content was published',
    `touchpoints.landing_url` Array(String) COMMENT 'First page, without personal data',
    `touchpoints.referrer` Array(String) COMMENT 'Page that led there',
    `touchpoints.click_network` Array(String) COMMENT 'Ad network that the click id belongs to',
    `touchpoints.click_ids` Array(Array(String)) COMMENT 'Click ids seen',
    `touchpoints.resolved_by` Array(String) COMMENT 'What told the keyword, if the page address alone did not',
    `touchpoints.pages` Array(UInt32) COMMENT 'Number of pages read',
    `touchpoints.dwell_ms` Array(UInt64) COMMENT 'Time on the pages, in milliseconds',
    `touchpoints.forms` Array(UInt32) COMMENT 'Number of forms sent',
    `touchpoints.is_bot` Array(Bool) COMMENT 'Whether the visit looks like that of a machine',
    `stages.stage` Array(String) COMMENT 'Stage entered; the arrays stages.… belong together, one element per entry, in order of time',
    `stages.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered',
    `stages.occurrence` Array(UInt32) COMMENT 'The how-many-eth entry into this stage it was',
    `stages.id` Array(String) COMMENT 'Event id of the fact that says so',
    `stages.system` Array(String) COMMENT 'System that said so',
    `stages.raw` Array(String) COMMENT 'The stage in the words of that system',
    `stages.reason` Array(String) COMMENT 'Reason given for the change',
    `stages.deal` Array(String) COMMENT 'Deal whose stage it is; empty for a stage of the person',
    `follow_ups.id` Array(String) COMMENT 'Event id of the follow-up; the arrays follow_ups.… belong together, one element per follow-up, in order of time',
    `follow_ups.at` Array(DateTime64(3, 'UTC')) COMMENT 'When sales contacted or judged the lead',
    `follow_ups.category` Array(String) COMMENT 'Category that sales gave',
    `follow_ups.grade` Array(String) COMMENT 'Grade that sales gave',
    `follow_ups.tags` Array(Array(String)) COMMENT 'Tags that sales gave',
    `follow_ups.owner` Array(String) COMMENT 'Who did it',
    `follow_ups.canonical_category` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id) COMMENT 'What the category means; empty if the policy does not know it',
    `follow_ups.canonical_grade` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id) COMMENT 'What the grade means; empty if the policy does not know it',
    `follow_ups.canonical_tags` Array(Array(String)) DEFAULT arrayMap(id -> CAST([], 'Array(String)'), follow_ups.id) COMMENT 'What the tags mean, as far as the policy knows them',
    `follow_ups.is_answer` Array(Bool) DEFAULT arrayMap(id -> true, follow_ups.id) COMMENT 'Whether it answers the lead, by the policy',
    `deals.deal` Array(String) COMMENT 'Identifier of a deal that the person is on; the arrays deals.… belong together, one element per deal',
    `deals.name` Array(String) COMMENT 'Name of the deal',
    `deals.stage` Array(String) COMMENT 'Stage that the deal stands in',
    `deals.opened_at` Array(DateTime64(3, 'UTC')) COMMENT 'When the deal became an opportunity',
    `deals.closed_at` Array(Nullable(DateTime64(3, 'UTC'))) COMMENT 'When it was won or lost; NULL while it is open',
    `deals.amount_minor` Array(UInt64) COMMENT 'Amount in hundredths of the currency unit; never sum it here, several people may be on one deal',
    `deals.currency` Array(String) COMMENT 'ISO 4217 code of the currency',
    `issues` Array(String) COMMENT 'What could not be understood in the facts of the person',
    `published_at` SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When the snapshot was first published, and so could be reported; a replay does not change it',
    INDEX by_identifier identifiers TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree
ORDER BY (person, version)
TTL toDateTime(published_at) + toIntervalDay(7)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, allow_dimensions_outside_sorting_key = 1, default_compression_codec = 'ZSTD(1)'
COMMENT 'Every snapshot that a journey had after a load, for as many days as the policy says; read it through the view journeys_as_of';

CREATE TABLE journeys
(
    `person` String COMMENT 'Id of the person: the smallest CRM identifier, else the smallest identifier',
    `version` UInt64 COMMENT 'Larger for the newer state of the journey; the largest counts',
    `policy_version` LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    `known_at` DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    `is_deleted` UInt8 COMMENT '1 if the person became part of another one; FINAL hides the row',
    `is_lead` Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    `is_bot` Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    `is_internal` Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    `truncated` Bool COMMENT 'Whether the journey is so long that its middle is left out',
    `facts` UInt32 COMMENT 'Number of facts behind this row',
    `first_at` DateTime64(3, 'UTC') COMMENT 'When the first fact happened; 1970 if there is none',
    `last_at` DateTime64(3, 'UTC') COMMENT 'When the last fact happened; 1970 if there is none',
    `identifiers` Array(String) COMMENT 'All identifiers of the person',
    `account` String COMMENT 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one',
    `domain` String COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one',
    `company` String COMMENT 'Name of the company',
    `owner` String COMMENT 'Who owns the lead in sales',
    `lead_source` String COMMENT 'What the CRM itself says brought the lead',
    `attributes` Map(String, String) COMMENT 'What else the CRM says of the person, in its words: of each name the newest value',
    `grade` String COMMENT 'Newest grade that sales gave',
    `tags` Array(String) COMMENT 'Tags that sales gave',
    `canonical_grade` String COMMENT 'What the newest grade means; empty without one, or if the policy does not know it',
    `graded_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When sales gave the newest grade; NULL without one',
    `canonical_tags` Array(String) COMMENT 'What the tags mean, as far as the policy knows them',
    `touchpoints.id` Array(String) COMMENT 'Event id of the fact that began the touchpoint; the arrays touchpoints.… belong together, one element per touchpoint, in order of (time, id)',
    `touchpoints.kind` Array(String) COMMENT 'Kind of contact, for example visit or qr_scan',
    `touchpoints.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint began',
    `touchpoints.ended_at` Array(DateTime64(3, 'UTC')) COMMENT 'When its last fact happened',
    `touchpoints.identifier` Array(String) COMMENT 'Identifier that the touchpoint was seen under',
    `touchpoints.channel` Array(String) COMMENT 'Channel by the policy, for example paid_search',
    `touchpoints.rule` Array(String) COMMENT 'Rule of the policy that chose the channel',
    `touchpoints.platform` Array(String) COMMENT 'Ad platform',
    `touchpoints.source` Array(String) COMMENT 'Source, for example the utm_source or the search engine',
    `touchpoints.medium` Array(String) COMMENT 'Medium, for example cpc',
    `touchpoints.campaign` Array(String) COMMENT 'Campaign (计划)',
    `touchpoints.campaign_id` Array(String) COMMENT 'Id of the campaign',
    `touchpoints.ad_group` Array(String) COMMENT 'Ad group (单元)',
    `touchpoints.ad_group_id` Array(String) COMMENT 'Id of the ad group',
    `touchpoints.keyword` Array(String) COMMENT 'Keyword that was bid on (关键词)',
    `touchpoints.keyword_id` Array(String) COMMENT 'Id of the keyword',
    `touchpoints.search_term` Array(String) COMMENT 'What the person typed',
    `touchpoints.content` Array(String) COMMENT 'Content that was clicked, for example an article or an ad variant',
    `touchpoints.author` Array(String) COMMENT 'Author of the content',
    `touchpoints.published` Array(String) COMMENT 'Day on which the content was published',
    `touchpoints.landing_url` Array(String) COMMENT 'First page, without personal data',
    `touchpoints.referrer` Array(String) COMMENT 'Page that led there',
    `touchpoints.click_network` Array(String) COMMENT 'Ad network that the click id belongs to',
    `touchpoints.click_ids` Array(Array(String)) COMMENT 'Click ids seen',
    `touchpoints.resolved_by` Array(String) COMMENT 'What told the keyword, if the page address alone did not',
    `touchpoints.pages` Array(UInt32) COMMENT 'Number of pages read',
    `touchpoints.dwell_ms` Array(UInt64) COMMENT 'Time on the pages, in milliseconds',
    `touchpoints.forms` Array(UInt32) COMMENT 'Number of forms sent',
    `touchpoints.is_bot` Array(Bool) COMMENT 'Whether the visit looks like that of a machine',
    `stages.stage` Array(String) COMMENT 'Stage entered; the arrays stages.… belong together, one element per entry, in order of time',
    `stages.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered',
    `stages.occurrence` Array(UInt32) COMMENT 'The how-many-eth entry into this stage it was',
    `stages.id` Array(String) COMMENT 'Event id of the fact that says so',
    `stages.system` Array(String) COMMENT 'System that said so',
    `stages.raw` Array(String) COMMENT 'The stage in the words of that system',
    `stages.reason` Array(String) COMMENT 'Reason given for the change',
    `stages.deal` Array(String) COMMENT 'Deal whose stage it is; empty for a stage of the person',
    `follow_ups.id` Array(String) COMMENT 'Event id of the follow-up; the arrays follow_ups.… belong together, one element per follow-up, in order of time',
    `follow_ups.at` Array(DateTime64(3, 'UTC')) COMMENT 'When sales contacted or judged the lead',
    `follow_ups.category` Array(String) COMMENT 'Category that sales gave',
    `follow_ups.grade` Array(String) COMMENT 'Grade that sales gave',
    `follow_ups.tags` Array(Array(String)) COMMENT 'Tags that sales gave',
    `follow_ups.owner` Array(String) COMMENT 'Who did it',
    `follow_ups.canonical_category` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id) COMMENT 'What the category means; empty if the policy does not know it',
    `follow_ups.canonical_grade` Array(String) DEFAULT arrayMap(id -> '', follow_ups.id) COMMENT 'What the grade means; empty if the policy does not know it',
    `follow_ups.canonical_tags` Array(Array(String)) DEFAULT arrayMap(id -> CAST([], 'Array(String)'), follow_ups.id) COMMENT 'What the tags mean, as far as the policy knows them',
    `follow_ups.is_answer` Array(Bool) DEFAULT arrayMap(id -> true, follow_ups.id) COMMENT 'Whether it answers the lead, by the policy',
    `deals.deal` Array(String) COMMENT 'Identifier of a deal that the person is on; the arrays deals.… belong together, one element per deal',
    `deals.name` Array(String) COMMENT 'Name of the deal',
    `deals.stage` Array(String) COMMENT 'Stage that the deal stands in',
    `deals.opened_at` Array(DateTime64(3, 'UTC')) COMMENT 'When the deal became an opportunity',
    `deals.closed_at` Array(Nullable(DateTime64(3, 'UTC'))) COMMENT 'When it was won or lost; NULL while it is open',
    `deals.amount_minor` Array(UInt64) COMMENT 'Amount in hundredths of the currency unit; never sum it here, several people may be on one deal',
    `deals.currency` Array(String) COMMENT 'ISO 4217 code of the currency',
    `issues` Array(String) COMMENT 'What could not be understood in the facts of the person',
    INDEX by_identifier identifiers TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY person
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'
COMMENT 'One row per person with the whole journey; read it with FINAL, and never clean up its deleted rows';

CREATE TABLE notices
(
    `target` LowCardinality(String) COMMENT 'Name of the target in the file of notices',
    `rule` LowCardinality(String) COMMENT 'Name of the rule there',
    `about` String COMMENT 'Which case it is about: a person, a source, an account, a topic and reason, an issue or a week',
    `episode` String COMMENT 'Since when the case is so; empty if nobody can say',
    `size` UInt64 COMMENT 'How many records the case is about; 0 if there is nothing to count',
    `state` LowCardinality(String) COMMENT 'sending, sent, failed (nothing was sent) or over (the case is not so any more)',
    `attempt` String COMMENT 'Which attempt at sending says so; empty for over',
    `at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was said'
)
ENGINE = MergeTree
ORDER BY (target, rule, about, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Which notices were sent, to which target and by which rule; written by the command notify';

CREATE TABLE opportunities
(
    `deal` String COMMENT 'Identifier of the deal, deal:<system>:<id>',
    `version` UInt64 COMMENT 'Larger for the newer state of the deal; the largest counts',
    `policy_version` LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    `known_at` DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    `is_deleted` UInt8 COMMENT '1 if there is no such deal any more; FINAL hides the row',
    `name` String COMMENT 'Name of the deal in the CRM',
    `account` String COMMENT 'Account that the CRM names, account:<system>:<id>; empty if it names none',
    `owner` String COMMENT 'Who owns the deal in sales',
    `people` Array(String) COMMENT 'Identifiers of the people on the deal',
    `stage` LowCardinality(String) COMMENT 'Stage that the deal stands in',
    `amount_minor` UInt64 COMMENT 'Amount in hundredths of the currency unit',
    `currency` LowCardinality(String) COMMENT 'ISO 4217 code of the currency; empty if not known',
    `opened_at` DateTime64(3, 'UTC') COMMENT 'When the deal became an opportunity',
    `closed_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was won or lost; NULL while it is open',
    `reason` String COMMENT 'Why it was won or lost, if the CRM says',
    `poc_started_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When the proof of concept began; NULL if there was none',
    `poc_ended_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When the proof of concept ended; NULL if it did not',
    `poc_result` String COMMENT 'Result of the proof of concept',
    `poc_reason` String COMMENT 'Why the proof of concept failed',
    `attributes` Map(String, String) COMMENT 'What else the CRM says of the deal, in its words: of each name the newest value',
    `stages.stage` Array(String) COMMENT 'Stage entered; the arrays stages.… belong together, one element per entry, in order of time',
    `stages.at` Array(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered',
    `stages.occurrence` Array(UInt32) COMMENT 'The how-many-eth entry into this stage it was',
    `stages.id` Array(String) COMMENT 'Event id of the fact that says so',
    `stages.system` Array(String) COMMENT 'System that said so',
    `stages.raw` Array(String) COMMENT 'The stage in the words of that system',
    `stages.reason` Array(String) COMMENT 'Reason given for the change',
    `stages.deal` Array(String) COMMENT 'The deal itself',
    `issues` Array(String) COMMENT 'What could not be understood in the facts of the deal'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY deal
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, default_compression_codec = 'ZSTD(1)'
COMMENT 'One row per deal as it stands; read it with FINAL, and never clean up its deleted rows';

CREATE TABLE outbox
(
    `log_offset` Int64 COMMENT 'Place of the record in its topic',
    `key` String COMMENT 'Key of the order; empty for a record about an account or a claim',
    `event` LowCardinality(String) COMMENT 'claimed, planned, attempted, answered, decided or account_set',
    `at` DateTime64(3, 'UTC') COMMENT 'When it was said',
    `claim` UInt64 COMMENT 'The claim that it was said under; 0 if a person says it',
    `destination` LowCardinality(String) COMMENT 'Kind of destination, for example webhook or baidu',
    `account` LowCardinality(String) COMMENT 'Name of the account in the policy file',
    `lead` String COMMENT 'What the lead or deal is called at all accounts for ever; only of planned',
    `occasion` LowCardinality(String) COMMENT 'stage, lead (it changed) or invalid; only of planned',
    `stage` LowCardinality(String) COMMENT 'Stage that was entered; only of planned',
    `occurrence` UInt32 COMMENT 'The how-many-eth entry into it; only of planned',
    `person` String COMMENT 'Id of the person when it was planned; only of planned',
    `deal` String COMMENT 'Identifier of the deal, for its stages; only of planned',
    `evidence` String COMMENT 'Event id of the fact that says so; only of planned',
    `happened_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When the stage was entered; only of planned',
    `told` String COMMENT 'The order whole, as JSON; only of planned' CODEC(ZSTD(1)),
    `attempt` UInt32 COMMENT 'The how-many-eth attempt; 0 if nothing was tried',
    `is_repeatable` Bool COMMENT 'Whether the receiver knows a repeat; only of attempted',
    `state` LowCardinality(String) COMMENT 'What became of the order, of answered; sent or again, of decided; open or closed, of account_set',
    `code` String COMMENT 'The receiver\'s own word for it',
    `why` String COMMENT 'Why, in a sentence without personal data',
    `reference` String COMMENT 'The receiver\'s id of what it took',
    `retry_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is tried again; NULL if it is not',
    `ask_at` Nullable(DateTime64(3, 'UTC')) COMMENT 'When it is asked what became of it; NULL if it is not'
)
ENGINE = ReplacingMergeTree
ORDER BY (key, log_offset)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'The log of what was told to CRMs, ad platforms and others, as it stands in its topic; read it with FINAL, or the view outbox_orders';

CREATE TABLE redriven_letters
(
    `topic` LowCardinality(String) COMMENT 'Topic that the record stood in, as in dead_letters',
    `partition` Int32 COMMENT 'Partition, as in dead_letters',
    `offset` Int64 COMMENT 'Offset, as in dead_letters',
    `recorded_at` DateTime64(3, 'UTC') COMMENT 'When the record was written, as in dead_letters',
    `outcome` LowCardinality(String) COMMENT 'sent: its record stands in its topic once more; loaded: its snapshot is in the tables; superseded: a newer record of its key counts',
    `attempt` UInt32 COMMENT 'How often that was done with it and with those it is a copy of',
    `sent_to_partition` Nullable(Int32) COMMENT 'Partition where it stands now; NULL if it was not sent',
    `sent_to_offset` Nullable(Int64) COMMENT 'Offset where it stands now',
    `redriven_at` DateTime64(3, 'UTC') COMMENT 'When it was sent again; the newest time counts'
)
ENGINE = ReplacingMergeTree(redriven_at)
ORDER BY (topic, partition, offset, recorded_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Dead letters that were sent again, one row for each; read it with FINAL';

CREATE TABLE schema_migrations
(
    `number` UInt32 COMMENT 'Number of the migration',
    `name` String COMMENT 'Name of its file',
    `checksum` String COMMENT 'Checksum of its text when it was applied',
    `applied_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree
ORDER BY number
SETTINGS index_granularity = 8192
COMMENT 'Which migrations this database has had; kept by the command migrate';

CREATE TABLE schema_views
(
    `name` String COMMENT 'Name of the view',
    `checksum` String COMMENT 'Checksum of its text when it was created',
    `applied_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was created or replaced'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
SETTINGS index_granularity = 8192
COMMENT 'Which text each view of this database has; kept by the command migrate';
