-- Who became a lead, by which touch, and how far did each come?
SELECT
    person,
    minIf(at, conversion = 'lead') AS lead_at,
    anyIf(first_channel, conversion = 'lead') AS channel,
    anyIf(first_platform, conversion = 'lead') AS platform,
    anyIf(first_campaign, conversion = 'lead') AS campaign,
    anyIf(first_ad_group, conversion = 'lead') AS ad_group,
    anyIf(first_keyword, conversion = 'lead') AS keyword,
    minIf(toNullable(at), conversion = 'marketing_qualified') AS marketing_qualified_at,
    minIf(toNullable(at), conversion = 'sales_qualified') AS sales_qualified_at
FROM {{ source('leadtrace', 'conversions') }}
WHERE person != ''
GROUP BY person
HAVING countIf(conversion = 'lead') > 0
