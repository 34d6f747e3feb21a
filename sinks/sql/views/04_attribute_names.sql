-- Which attributes of the CRM name a region, which an industry, and which a competitor: the one definition that the other views read.
-- Grain: one row per database, with the names in the order in which they are asked: the first that says anything counts.
CREATE OR REPLACE VIEW attribute_names
(
    region Array(String) COMMENT 'Names of attributes that name a region, from the nearest to the widest',
    industry Array(String) COMMENT 'Names of attributes that name an industry',
    competitor Array(String) COMMENT 'Names of attributes of deals that name a competitor'
)
AS SELECT
    [
        'Region', 'region', '区域', '地区', '大区', 'Territory', 'State/Region', 'State', '省份', '省',
        'Country/Region', 'Country', 'country'
    ] AS region,
    ['Industry', 'industry', '行业', '所属行业'] AS industry,
    [
        'Competitor', 'competitor', 'Competitors', 'Main Competitor', 'Main Competitor(s)', '竞争对手', '主要竞争对手',
        '竞品', '竞争厂商'
    ] AS competitor
COMMENT 'Which attributes of the CRM name a region, which an industry, and which a competitor: the one definition that the other views read'
