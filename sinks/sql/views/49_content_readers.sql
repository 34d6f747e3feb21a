-- Who came upon which content: touchpoints and readers of each article, event or other content, day by day.
-- Grain: one row per day, content, author, day of publication, source and campaign that anybody came upon.
-- Kept by: day, content
CREATE OR REPLACE VIEW content_readers
(
    day Date COMMENT 'Day in {{timezone}}',
    content String COMMENT 'Content: an article, an event, an ad variant',
    author String COMMENT 'Its author',
    published String COMMENT 'Day on which it was published',
    source String COMMENT 'Where it was seen',
    campaign String COMMENT 'Campaign that it belongs to',
    touches UInt64 COMMENT 'Touchpoints that count and began with it',
    readers UInt64 COMMENT 'People who came upon it for the first time: their sum over all days counts nobody twice'
)
AS SELECT
    day,
    content,
    author,
    published,
    source,
    campaign,
    count() AS touches,
    countIf(nth = 1) AS readers
FROM
(
    SELECT
        day, content, author, published, source, campaign,
        row_number() OVER (
            PARTITION BY person, content, author, published, source, campaign ORDER BY position
        ) AS nth
    FROM {{touchpoints}}
    WHERE content != '' OR author != ''
)
GROUP BY day, content, author, published, source, campaign
COMMENT 'Who came upon which content: touchpoints and readers of each article, event or other content, day by day'
