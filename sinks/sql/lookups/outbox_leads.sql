-- What other systems may be told of these leads: stages, touches with their clicks, names, grade; machines' touches left out.
WITH splitByChar('\n', {people:String}) AS wanted
SELECT
    counted.person AS person,
    known.version AS version,
    known.identifiers AS identifiers,
    known.company AS company,
    known.owner AS owner,
    known.attributes AS attributes,
    known.canonical_grade AS sales_grade,
    known.graded_at AS graded_at,
    known.canonical_tags AS tags,
    arrayMap(entry -> (entry.stage, entry.at, entry.occurrence, entry.id, entry.reason), counted.entries) AS entries,
    arrayFilter(touch -> has(counted.touch_id, touch.1), known.touches) AS touches
FROM counted_journeys AS counted
INNER JOIN
(
    SELECT
        person, version, identifiers, company, owner, attributes, canonical_grade, graded_at, canonical_tags,
        arrayZip(
            touchpoints.id, touchpoints.at, touchpoints.kind, touchpoints.channel, touchpoints.platform,
            touchpoints.source, touchpoints.medium, touchpoints.campaign, touchpoints.campaign_id,
            touchpoints.ad_group, touchpoints.ad_group_id, touchpoints.keyword, touchpoints.keyword_id,
            touchpoints.search_term, touchpoints.content, touchpoints.landing_url, touchpoints.click_network,
            touchpoints.click_ids
        ) AS touches
    FROM journeys FINAL
    WHERE has(wanted, person)
) AS known ON counted.person = known.person
WHERE has(wanted, counted.person) AND counted.is_lead AND NOT counted.is_internal AND NOT counted.is_bot
ORDER BY person
