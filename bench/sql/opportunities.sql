-- Deals with up to five people of one company, in three currencies: won, lost or open, half of them with a proof of concept.
INSERT INTO opportunities
(
    deal, version, policy_version, known_at, name, account, owner, people, stage, amount_minor, currency, opened_at,
    closed_at, reason, poc_started_at, poc_ended_at, poc_result, poc_reason, attributes,
    stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason, stages.deal
)
WITH
    (n, salt) -> cityHash64(n, salt) % 1000000 / 1000000 AS chance,
    number AS d,
    concat('deal:hub:', toString(d)) AS deal_,
    toUInt32(pow(chance(d, 6), 2) * {{journeys}} / 60) AS account_number,
    toUnixTimestamp('2024-01-01 00:00:00', 'UTC') + toUInt32(86400 * 900 * sqrt(chance(d, 3))) + 86400 * 60
        + toUInt32(-86400 * 40 * log(chance(d, 20) + 1e-6)) AS opened,
    chance(d, 21) < 0.5 AS has_poc,
    multiIf(chance(d, 22) < 0.3, 'won', chance(d, 22) < 0.7, 'lost', if(has_poc, 'poc', 'opportunity')) AS stage_,
    opened + 86400 * 20 AS poc,
    opened + 86400 * 50 + toUInt32(86400 * 80 * chance(d, 23)) AS closed,
    [(toUInt8(1), 'opportunity', opened), (has_poc, 'poc', poc), (stage_ IN ('won', 'lost'), stage_, closed)] AS all_steps,
    arrayFilter(step -> step.1 > 0, all_steps) AS steps
SELECT
    deal_,
    1,
    'bench',
    toDateTime64(closed, 3, 'UTC'),
    concat('Deal ', toString(d)),
    if(chance(d, 24) < 0.8, concat('account:hub:', toString(account_number)), ''),
    concat('sales-', toString(d % 60)),
    arrayMap(k -> concat('crm:hub:', toString(25 * d + 5 * k)), range(toUInt32(5 * chance(d, 25)))),
    stage_,
    toUInt64(1000000 + 50000000 * pow(chance(d, 26), 3)),
    ['CNY', 'CNY', 'CNY', 'USD', 'EUR'][1 + cityHash64(d, 'm') % 5],
    toDateTime64(opened, 3, 'UTC'),
    if(stage_ IN ('won', 'lost'), toDateTime64(closed, 3, 'UTC'), NULL),
    if(stage_ = 'lost', ['price', 'no budget', 'competitor', 'silence'][1 + d % 4], ''),
    if(has_poc, toDateTime64(poc, 3, 'UTC'), NULL),
    if(has_poc AND stage_ IN ('won', 'lost'), toDateTime64(poc + 86400 * 21, 3, 'UTC'), NULL),
    multiIf(NOT has_poc OR stage_ = 'poc', '', stage_ = 'won', 'passed', 'failed'),
    if(has_poc AND stage_ = 'lost', ['performance', 'integration', 'people'][1 + d % 3], ''),
    map('region', ['north', 'east', 'south', 'west', 'abroad'][1 + account_number % 5],
        'industry', ['finance', 'manufacturing', 'retail', 'energy', 'health', 'public', 'software', 'logistics'][1 + account_number % 8],
        'competitor', ['', 'Other One', 'Other Two', 'Other Three'][1 + d % 4]),
    arrayMap(step -> step.2, steps),
    arrayMap(step -> toDateTime64(step.3, 3, 'UTC'), steps),
    arrayMap(step -> toUInt32(1), steps),
    arrayMap(step -> toString(reinterpret(bitShiftLeft(toUInt128(cityHash64(d, step.2)), 64) + cityHash64(d, step.2, 1), 'UUID')), steps),
    arrayMap(step -> 'hub', steps),
    arrayMap(step -> step.2, steps),
    arrayMap(step -> '', steps),
    arrayMap(step -> deal_, steps)
FROM numbers(intDiv({{journeys}}, 25))
