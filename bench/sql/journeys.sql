-- Journeys with real variety, numbers {{first}} to {{last}} of {{journeys}}: every fifth person is a lead, five leads in
-- a row work for one company and may be on its deal. All chances are hashes, so that each run makes the same.
INSERT INTO journeys
(
    person, version, policy_version, known_at, is_lead, is_bot, is_internal, facts, first_at, last_at, identifiers,
    account, domain, company, owner, lead_source, attributes, grade, canonical_grade, graded_at,
    touchpoints.id, touchpoints.kind, touchpoints.at, touchpoints.ended_at, touchpoints.identifier,
    touchpoints.channel, touchpoints.rule, touchpoints.platform, touchpoints.source, touchpoints.medium,
    touchpoints.campaign, touchpoints.campaign_id, touchpoints.ad_group, touchpoints.ad_group_id,
    touchpoints.keyword, touchpoints.keyword_id, touchpoints.search_term, touchpoints.content, touchpoints.author,
    touchpoints.published, touchpoints.landing_url, touchpoints.referrer, touchpoints.click_network,
    touchpoints.click_ids, touchpoints.resolved_by, touchpoints.pages, touchpoints.dwell_ms, touchpoints.forms,
    touchpoints.is_bot,
    stages.stage, stages.at, stages.occurrence, stages.id, stages.system, stages.raw, stages.reason, stages.deal,
    follow_ups.id, follow_ups.at, follow_ups.category, follow_ups.grade, follow_ups.tags, follow_ups.owner,
    follow_ups.canonical_category, follow_ups.canonical_grade, follow_ups.canonical_tags, follow_ups.is_answer
)
WITH
    (n, salt) -> cityHash64(n, salt) % 1000000 / 1000000 AS chance,
    -- How a touchpoint came: share of all, channel, platform, source, medium.
    [
        (0.30, 'direct', '', '', ''), (0.42, 'organic_search', '', 'baidu', 'organic'),
        (0.50, 'organic_search', '', 'google', 'organic'), (0.61, 'paid_search', 'baidu', 'baidu', 'cpc'),
        (0.66, 'paid_search', 'google', 'google', 'cpc'), (0.70, 'paid_search', 'microsoft', 'bing', 'cpc'),
        (0.76, 'paid_social', 'linkedin', 'linkedin', 'paid'), (0.80, 'paid_social', 'tencent', 'wechat', 'paid'),
        (0.87, 'email', '', 'newsletter', 'email'), (0.93, 'organic_social', 'zhihu', 'zhihu', 'article'),
        (0.97, 'referral', '', 'partner', 'referral'), (1.01, 'event', '', 'salon', 'event')
    ] AS ways,
    ['north', 'east', 'south', 'west', 'abroad'] AS regions,
    ['finance', 'manufacturing', 'retail', 'energy', 'health', 'public', 'software', 'logistics'] AS industries,
    people AS
    (
        SELECT
            number AS n,
            n % 5 = 0 AS lead,
            intDiv(n, 25) AS company_number,
            intDiv(n, 5) % 5 AS colleague,
            least(300, toUInt32(if(lead, 2 - 22.5 * log(chance(n, 1) + 1e-6), 1 - 6 * log(chance(n, 1) + 1e-6)))) AS touches,
            toUInt32(if(lead, -120 * log(chance(n, 2) + 1e-6), -20 * log(chance(n, 2) + 1e-6)) * 86400) + 3600 AS span,
            toUnixTimestamp('2024-01-01 00:00:00', 'UTC')
                + toUInt32(86400 * 900 * sqrt(chance(if(lead, company_number, n), 3)))
                + toUInt32(86400 * 60 * chance(n, 4)) + toUInt32(3600 * 24 * chance(n, 5)) AS began,
            began + intDiv(span, 2) AS known,
            toUInt32(pow(chance(company_number, 6), 2) * {{journeys}} / 60) AS account_number,
            chance(n, 7) < 0.45 AS qualified,
            chance(n, 7) < 0.20 AS accepted,
            if(lead, concat('crm:hub:', toString(n)), concat('anon:', toString(cityHash64(n)))) AS who,
            concat('sales-', toString(company_number % 60)) AS seller
        FROM numbers({{first}}, {{last}} - {{first}})
    ),
    touched AS
    (
        SELECT
            *,
            arrayMap(k -> (
                k,
                toDateTime64(began + toUInt32(span * pow((k + chance(n, 100 + k)) / touches, 1.4)), 3, 'UTC'),
                arrayFirst(way -> way.1 > chance(n, 1000 + k), ways),
                pow(chance(n, 2000 + k), 3),
                chance(n, 3000 + k)
            ), range(touches)) AS each
        FROM people
    )
SELECT
    who,
    1,
    'bench',
    each[-1].2,
    lead,
    NOT lead AND chance(n, 8) < 0.05,
    lead AND chance(n, 9) < 0.005,
    touches * 2,
    each[1].2,
    each[-1].2,
    if(lead, [concat('anon:', toString(cityHash64(n))), concat('email:', lower(hex(cityHash64(n, 'e')))), who], [who]),
    multiIf(
        NOT lead, '', chance(n, 10) < 0.7, concat('account:hub:', toString(account_number)),
        chance(n, 10) < 0.9, concat('firm', toString(account_number), '.example'), ''
    ),
    if(lead AND chance(n, 10) < 0.9, concat('firm', toString(account_number), '.example'), ''),
    if(lead, concat('Firm ', toString(account_number)), ''),
    if(lead, seller, ''),
    if(lead, ['website', 'call', 'partner', 'fair'][1 + n % 4], ''),
    if(lead, map('region', regions[1 + account_number % 5], 'industry', industries[1 + account_number % 8]), map()),
    if(qualified AND lead, ['A', 'B', 'C', 'D'][1 + cityHash64(n) % 4], ''),
    if(qualified AND lead, ['convertible', 'interested', 'nurture', 'invalid'][1 + cityHash64(n) % 4], ''),
    if(qualified AND lead, toDateTime64(known + 86400 * 9, 3, 'UTC'), NULL),
    arrayMap(t -> toString(reinterpret(bitShiftLeft(toUInt128(cityHash64(n, 't', t.1)), 64) + cityHash64(n, t.1), 'UUID')), each),
    arrayMap(t -> multiIf(t.3.2 = 'event', 'event', t.3.2 = 'email', 'email_click', 'visit'), each),
    arrayMap(t -> t.2, each),
    arrayMap(t -> t.2 + toIntervalSecond(toUInt32(900 * t.5)), each),
    arrayMap(t -> concat('anon:', toString(cityHash64(n))), each),
    arrayMap(t -> t.3.2, each),
    arrayMap(t -> if(t.3.2 = 'referral', 'referral:referrer', t.3.2), each),
    arrayMap(t -> t.3.3, each),
    arrayMap(t -> t.3.4, each),
    arrayMap(t -> t.3.5, each),
    arrayMap(t -> if(startsWith(t.3.2, 'paid') OR t.3.2 IN ('email', 'event'), concat(t.3.4, '-campaign-', toString(toUInt32(t.4 * 200))), ''), each),
    arrayMap(t -> if(startsWith(t.3.2, 'paid'), toString(10000 + toUInt32(t.4 * 200)), ''), each),
    arrayMap(t -> if(startsWith(t.3.2, 'paid'), concat('group-', toString(toUInt32(t.4 * 2000))), ''), each),
    arrayMap(t -> if(startsWith(t.3.2, 'paid'), toString(20000 + toUInt32(t.4 * 2000)), ''), each),
    arrayMap(t -> if(t.3.2 = 'paid_search', concat('keyword ', toString(toUInt32(t.4 * 40000))), ''), each),
    arrayMap(t -> if(t.3.2 = 'paid_search', toString(90000 + toUInt32(t.4 * 40000)), ''), each),
    arrayMap(t -> if(t.3.2 = 'paid_search' AND t.5 < 0.5, concat('how to keyword ', toString(toUInt32(t.4 * 40000)), ' ', toString(toUInt32(t.5 * 20))), ''), each),
    arrayMap(t -> if(t.3.2 IN ('email', 'organic_social', 'event'), concat('article-', toString(toUInt32(t.4 * 500))), ''), each),
    arrayMap(t -> if(t.3.2 IN ('email', 'organic_social', 'event'), concat('author-', toString(toUInt32(t.4 * 500) % 60)), ''), each),
    arrayMap(t -> if(t.3.2 IN ('email', 'organic_social', 'event'), toString(toDate('2024-01-01') + toUInt32(t.4 * 500)), ''), each),
    arrayMap(t -> concat('https://www.site.example/page-', toString(toUInt32(t.5 * 300))), each),
    arrayMap(t -> if(t.3.2 = 'referral', concat('https://partner', toString(toUInt32(t.4 * 3000)), '.example/'), ''), each),
    arrayMap(t -> if(t.3.2 = 'paid_search', t.3.3, ''), each),
    arrayMap(t -> if(t.3.2 = 'paid_search', [concat('clid=', lower(hex(cityHash64(n, 'c', t.1))))], CAST([], 'Array(String)')), each),
    arrayMap(t -> if(t.3.2 = 'paid_search', 'url', ''), each),
    arrayMap(t -> toUInt32(1 + 6 * t.5), each),
    arrayMap(t -> toUInt64(900000 * t.5), each),
    arrayMap(t -> toUInt32(t.5 > 0.97), each),
    arrayMap(t -> NOT lead AND chance(n, 8) < 0.05, each),
    -- Stages: visitor, lead, then as far as it went; some are given back.
    arrayFilter((s, a) -> a > 0, ['visitor', 'lead', 'marketing_qualified', 'sales_qualified', 'recycled'] AS words, [1, lead, lead AND qualified, lead AND accepted, lead AND qualified AND NOT accepted AND chance(n, 11) < 0.3] AS reached),
    arrayFilter((s, a) -> a > 0, [
        each[1].2, toDateTime64(known, 3, 'UTC'), toDateTime64(known + 86400 * 3, 3, 'UTC'),
        toDateTime64(known + 86400 * 12, 3, 'UTC'), toDateTime64(known + 86400 * 30, 3, 'UTC')
    ], reached),
    arrayMap(s -> toUInt32(1), arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(s -> toString(reinterpret(bitShiftLeft(toUInt128(cityHash64(n, s)), 64) + cityHash64(n, s, 1), 'UUID')), arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(s -> if(s = 'visitor', '', 'hub'), arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(s -> s, arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(s -> if(s = 'recycled', 'no budget', ''), arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(s -> '', arrayFilter((s, a) -> a > 0, words, reached)),
    arrayMap(k -> toString(reinterpret(bitShiftLeft(toUInt128(cityHash64(n, 'f', k)), 64) + cityHash64(n, 'f', k, 1), 'UUID')), range(if(lead AND qualified, toUInt32(4 * chance(n, 12)), 0)) AS calls),
    arrayMap(k -> toDateTime64(known + 86400 * 4 + toUInt32(86400 * (k + 8 * chance(n, 13 + k))), 3, 'UTC'), calls),
    arrayMap(k -> 'call', calls),
    arrayMap(k -> if(k = 0, ['A', 'B', 'C', 'D'][1 + cityHash64(n) % 4], ''), calls),
    arrayMap(k -> CAST([], 'Array(String)'), calls),
    arrayMap(k -> seller, calls),
    arrayMap(k -> 'call', calls),
    arrayMap(k -> '', calls),
    arrayMap(k -> CAST([], 'Array(String)'), calls),
    arrayMap(k -> true, calls)
FROM touched
