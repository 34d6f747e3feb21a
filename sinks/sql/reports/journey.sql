-- What happened on the journey of one lead, step by step?
-- lead: any identifier of the lead, for example crm:hubspot:17 or a person's id
-- > dwell_seconds: time on the pages, in seconds
SELECT
    position, at, kind, channel, platform, source, medium, campaign, ad_group, keyword, search_term, content,
    author, landing_url, pages, intDiv(dwell_ms, 1000) AS dwell_seconds, is_counted, is_first, is_last_before_lead, rule
FROM lead_touchpoints
WHERE person IN (SELECT person FROM journeys FINAL WHERE has(identifiers, {lead:String}) OR person = {lead:String})
ORDER BY person, position
