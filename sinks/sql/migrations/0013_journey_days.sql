-- How each journey stood at the end of each day, beside all snapshots of the last days in journey_versions.
-- Of one person's snapshots of a day the engine keeps the newest, by itself, whenever it merges.
CREATE TABLE IF NOT EXISTS journey_days
(
    person String COMMENT 'Id of the person: the smallest CRM identifier, else the smallest identifier',
    version UInt64 COMMENT 'Larger for the newer state of the journey; the largest counts',
    policy_version LowCardinality(String) COMMENT 'Hash of the policy that the row was derived with',
    known_at DateTime64(3, 'UTC') COMMENT 'When the newest of the facts behind this row was received',
    is_deleted UInt8 COMMENT '1 if the person became part of another one',
    is_lead Bool COMMENT 'Whether the person left a way to be contacted or stands in the CRM',
    is_bot Bool COMMENT 'Whether this is no lead, and all visits look like those of a machine',
    is_internal Bool COMMENT 'Whether this is one of our own people, who are counted in no report',
    truncated Bool COMMENT 'Whether the journey is so long that its middle is left out',
    facts UInt32 COMMENT 'Number of facts behind this row',
    first_at DateTime64(3, 'UTC') COMMENT 'When the first fact happened; 1970 if there is none',
    last_at DateTime64(3, 'UTC') COMMENT 'When the last fact happened; 1970 if there is none',
    identifiers Array(String) COMMENT 'All identifiers of the person',
    account String COMMENT 'Account by this person alone: account:<system>:<id> in the CRM, else the domain; the views say which of them are one',
    domain String COMMENT 'Registrable domain of the company, by e-mail address, else by website; empty if there is none, or only a public one',
    company String COMMENT 'Name of the company',
    owner String COMMENT 'Who owns the lead in sales',
    lead_source String COMMENT 'What the CRM itself says brought the lead',
    attributes Map(String, String) COMMENT 'What else the CRM says of the person, in its words: of each name the newest value',
    grade String COMMENT 'Newest grade that sales gave',
    tags Array(String) COMMENT 'Tags that sales gave',
    canonical_grade String COMMENT 'What the newest grade means; empty without one, or if the policy does not know it',
    graded_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When sales gave the newest grade; NULL without one',
    canonical_tags Array(String) COMMENT 'What the tags mean, as far as the policy knows them',
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
    issues Array(String) COMMENT 'What could not be understood in the facts of the person',
    published_at DateTime64(3, 'UTC') COMMENT 'When the snapshot was published, and so could be reported',
    day Date COMMENT 'Day on which that was, in the time zone of the reports; midnight belongs to the day that it ends',
    INDEX by_identifier identifiers TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (person, day)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'The last snapshot of every journey on each day on which one was published; read it through the view journeys_as_of';

-- Of what was there before, the days ended at midnight UTC.
INSERT INTO journey_days
(
    person, version, policy_version, known_at, is_deleted, is_lead, is_bot, is_internal, truncated, facts,
    first_at, last_at, identifiers, account, domain, company, owner, lead_source, attributes, grade, tags,
    canonical_grade, graded_at, canonical_tags, `touchpoints.id`, `touchpoints.kind`, `touchpoints.at`,
    `touchpoints.ended_at`, `touchpoints.identifier`, `touchpoints.channel`, `touchpoints.rule`,
    `touchpoints.platform`, `touchpoints.source`, `touchpoints.medium`, `touchpoints.campaign`,
    `touchpoints.campaign_id`, `touchpoints.ad_group`, `touchpoints.ad_group_id`, `touchpoints.keyword`,
    `touchpoints.keyword_id`, `touchpoints.search_term`, `touchpoints.content`, `touchpoints.author`,
    `touchpoints.published`, `touchpoints.landing_url`, `touchpoints.referrer`, `touchpoints.click_network`,
    `touchpoints.click_ids`, `touchpoints.resolved_by`, `touchpoints.pages`, `touchpoints.dwell_ms`,
    `touchpoints.forms`, `touchpoints.is_bot`, `stages.stage`, `stages.at`, `stages.occurrence`, `stages.id`,
    `stages.system`, `stages.raw`, `stages.reason`, `stages.deal`, `follow_ups.id`, `follow_ups.at`,
    `follow_ups.category`, `follow_ups.grade`, `follow_ups.tags`, `follow_ups.owner`,
    `follow_ups.canonical_category`, `follow_ups.canonical_grade`, `follow_ups.canonical_tags`,
    `follow_ups.is_answer`, `deals.deal`, `deals.name`, `deals.stage`, `deals.opened_at`, `deals.closed_at`,
    `deals.amount_minor`, `deals.currency`, issues,
    published_at, day
)
SELECT
    person, version, policy_version, known_at, is_deleted, is_lead, is_bot, is_internal, truncated, facts,
    first_at, last_at, identifiers, account, domain, company, owner, lead_source, attributes, grade, tags,
    canonical_grade, graded_at, canonical_tags, `touchpoints.id`, `touchpoints.kind`, `touchpoints.at`,
    `touchpoints.ended_at`, `touchpoints.identifier`, `touchpoints.channel`, `touchpoints.rule`,
    `touchpoints.platform`, `touchpoints.source`, `touchpoints.medium`, `touchpoints.campaign`,
    `touchpoints.campaign_id`, `touchpoints.ad_group`, `touchpoints.ad_group_id`, `touchpoints.keyword`,
    `touchpoints.keyword_id`, `touchpoints.search_term`, `touchpoints.content`, `touchpoints.author`,
    `touchpoints.published`, `touchpoints.landing_url`, `touchpoints.referrer`, `touchpoints.click_network`,
    `touchpoints.click_ids`, `touchpoints.resolved_by`, `touchpoints.pages`, `touchpoints.dwell_ms`,
    `touchpoints.forms`, `touchpoints.is_bot`, `stages.stage`, `stages.at`, `stages.occurrence`, `stages.id`,
    `stages.system`, `stages.raw`, `stages.reason`, `stages.deal`, `follow_ups.id`, `follow_ups.at`,
    `follow_ups.category`, `follow_ups.grade`, `follow_ups.tags`, `follow_ups.owner`,
    `follow_ups.canonical_category`, `follow_ups.canonical_grade`, `follow_ups.canonical_tags`,
    `follow_ups.is_answer`, `deals.deal`, `deals.name`, `deals.stage`, `deals.opened_at`, `deals.closed_at`,
    `deals.amount_minor`, `deals.currency`, issues,
    published_at, toDate(published_at - INTERVAL 1 MILLISECOND, 'UTC')
FROM journey_versions FINAL;

-- Of one version every column but published_at is the same, so it may lose all rows but one. A newer engine wants
-- to hear that, else it refuses the statement that makes this table, as in a restore.
ALTER TABLE journey_versions
    MODIFY SETTING allow_dimensions_outside_sorting_key = 1;

ALTER TABLE journey_versions
    MODIFY COMMENT 'Every snapshot that a journey had after a load, for as many days as the policy says; read it through the view journeys_as_of';
