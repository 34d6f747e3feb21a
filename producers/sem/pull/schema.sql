-- What was pulled of some days, and what had been known of them, in a database of this process that is gone with it.
CREATE TABLE pulled
(
    part TEXT PRIMARY KEY, is_whole INTEGER, key TEXT, day TEXT, account TEXT, campaign TEXT, campaign_id TEXT,
    ad_group TEXT, ad_group_id TEXT, keyword TEXT, keyword_id TEXT, match_type TEXT, device TEXT, currency TEXT,
    impressions INTEGER, clicks INTEGER, cost INTEGER
) WITHOUT ROWID;

CREATE TABLE known
(
    key TEXT PRIMARY KEY, day TEXT, account TEXT, campaign TEXT, campaign_id TEXT, ad_group TEXT, ad_group_id TEXT,
    keyword TEXT, keyword_id TEXT, match_type TEXT, device TEXT, currency TEXT, impressions INTEGER, clicks INTEGER,
    cost INTEGER
) WITHOUT ROWID;

CREATE TABLE summed
(
    key TEXT PRIMARY KEY, day TEXT, account TEXT, campaign TEXT, campaign_id TEXT, ad_group TEXT, ad_group_id TEXT,
    keyword TEXT, keyword_id TEXT, match_type TEXT, device TEXT, currency TEXT, impressions INTEGER, clicks INTEGER,
    cost INTEGER
) WITHOUT ROWID;
