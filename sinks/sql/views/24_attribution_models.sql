-- Which models of attribution there are, and by what weights each is defined; those of the policy, too.
-- Grain: one row per model.
-- What a role weighs is earned by the touchpoint that has it, the sum by one that has several; rest is shared by all
-- that have none that weighs anything. If a role is missing on a path, or nobody is left for the rest, what the
-- others weigh is scaled up to one; if nothing is left at all, all touchpoints earn the same.
CREATE OR REPLACE VIEW attribution_models
(
    model String COMMENT 'Name of the model: by what it does, since its letter means different things',
    definition String COMMENT 'What earns how much',
    first UInt32 COMMENT 'Millionths for the first touchpoint',
    lead UInt32 COMMENT 'Millionths for the touchpoint that created the lead: of the first person to become one by any, the last before',
    opportunity UInt32 COMMENT 'Millionths for the last touchpoint before the opportunity was opened',
    closing UInt32 COMMENT 'Millionths for the last touchpoint before the deal was won',
    last UInt32 COMMENT 'Millionths for the last touchpoint before the conversion, whatever that is',
    last_non_direct UInt32 COMMENT 'Millionths for the last touchpoint that is not direct; the last one if all are',
    rest UInt32 COMMENT 'Millionths that all others share',
    is_decaying Bool COMMENT 'Whether all weigh by their age alone: half as much for each half-life before the conversion'
)
AS SELECT
    one.1 AS model,
    one.2 AS definition,
    one.3[1] AS first,
    one.3[2] AS lead,
    one.3[3] AS opportunity,
    one.3[4] AS closing,
    one.3[5] AS last,
    one.3[6] AS last_non_direct,
    one.3[7] AS rest,
    one.4 AS is_decaying
FROM
(
    SELECT arrayJoin(arrayConcat(
        CAST(
            [
                ('first', 'The first touchpoint earns all', [1000000, 0, 0, 0, 0, 0, 0], false),
                ('last', 'The last touchpoint earns all', [0, 0, 0, 0, 1000000, 0, 0], false),
                ('last_non_direct', 'The last touchpoint that is not direct earns all; the last one if all are direct', [0, 0, 0, 0, 0, 1000000, 0], false),
                ('linear', 'All touchpoints earn the same', [0, 0, 0, 0, 0, 0, 1000000], false),
                ('position_40_20_40', 'First 40 %, last 40 %, 20 % for all between', [400000, 0, 0, 0, 400000, 0, 200000], false),
                ('u_40_40_20', 'U-shaped as in HubSpot: first 40 %, creation of the lead 40 %, 20 % for all others', [400000, 400000, 0, 0, 0, 0, 200000], false),
                ('u_50_50', 'U-shaped as in Marketo Measure: first 50 %, creation of the lead 50 %', [500000, 500000, 0, 0, 0, 0, 0], false),
                ('w_shaped', 'First, creation of the lead and opportunity 30 % each, 10 % for all others', [300000, 300000, 300000, 0, 0, 0, 100000], false),
                ('full_path', 'First, creation of the lead, opportunity and closing 22.5 % each, 10 % for all others', [225000, 225000, 225000, 225000, 0, 0, 100000], false),
                ('time_decay', 'Half as much for each half-life that a touchpoint lies before the conversion', [0, 0, 0, 0, 0, 0, 0], true)
            ],
            'Array(Tuple(String, String, Array(UInt32), Bool))'
        ),
        arrayMap(
            own -> (
                own.1,
                'By the policy',
                arrayMap(
                    weight -> toUInt32(weight * 1000000),
                    [own.2.1, own.2.2, own.2.3, own.2.4, toDecimal64(0, 6), toDecimal64(0, 6), own.2.5]
                ),
                false
            ),
            CAST(
                CAST(
                    {{reports.attribution.models}},
                    'Map(String, Tuple(Decimal64(6), Decimal64(6), Decimal64(6), Decimal64(6), Decimal64(6)))'
                ),
                'Array(Tuple(String, Tuple(Decimal64(6), Decimal64(6), Decimal64(6), Decimal64(6), Decimal64(6))))'
            )
        )
    )) AS one
)
COMMENT 'Which models of attribution there are, and by what weights each is defined; those of the policy, too'
