-- Which attributes of the CRM name a region, and which an industry: the one definition that the other views read.
-- Grain: one row per database, with the names in the order in which they are asked: the first that says anything counts.
CREATE OR REPLACE VIEW attribute_names
(
    region Array(String) COMMENT 'Names of attributes that name a region, from the nearest to the widest',
    industry Array(String) COMMENT 'Names of attributes that name an industry'
)
AS SELECT
    [
        'Region', 'region', '区域', '地区', '大区', 'Territory', 'State/Region', 'State', '省份', '省',
        'Country/Region', 'Country', 'country'
    ] AS region,
    ['Industry', 'industry', '行业', '所属行业'] AS industry
COMMENT 'Which attributes of the CRM name a region, and which an industry: the one definition that the other views read'
