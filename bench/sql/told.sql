-- What the CRM told of people and deals: the facts that their stages name.
INSERT INTO events (event_id, type, subject, occurred_at, received_at, source, schema_version, fingerprint, payload, version)
SELECT
    toUUID(id), if(stage = 'lead', 'lead_recorded', 'stage_changed'), person, at, at + toIntervalMinute(5), 'crm', 1, id,
    concat('{"stage":"', stage, '","owner":"', owner, '","created_at":', toString(toUnixTimestamp64Milli(at)), '}'), 1
FROM (SELECT person, owner, stages.id, stages.stage, stages.at FROM journeys WHERE is_lead)
ARRAY JOIN `stages.id` AS id, `stages.stage` AS stage, `stages.at` AS at
WHERE stage != 'visitor'
UNION ALL
SELECT
    toUUID(id), 'deal_recorded', deal, at, at + toIntervalMinute(5), 'crm', 1, id,
    concat('{"stage":"', stage, '","owner":"', owner, '","amount_minor":100}'), 1
FROM (SELECT deal, owner, stages.id, stages.stage, stages.at FROM opportunities)
ARRAY JOIN `stages.id` AS id, `stages.stage` AS stage, `stages.at` AS at
