-- Which ads anybody came by: what the touchpoints of any time name, so that cost can be set against it.
-- Grain: one row per platform, campaign, ad group and keyword that a touchpoint names.
-- Kept by: platform, campaign
CREATE OR REPLACE VIEW touched_ads
(
    platform String COMMENT 'Ad platform',
    campaign String COMMENT 'Campaign; empty if only a keyword is named',
    ad_group String COMMENT 'Ad group',
    keyword String COMMENT 'Keyword that was bid on; empty if none is named',
    touchpoints UInt64 COMMENT 'How many touchpoints that count name it'
)
AS SELECT platform, campaign, ad_group, keyword, count() AS touchpoints
FROM touchpoints
WHERE platform != '' AND (campaign != '' OR keyword != '')
GROUP BY platform, campaign, ad_group, keyword
COMMENT 'Which ads anybody came by: what the touchpoints of any time name, so that cost can be set against it'
