-- What did a report of leads by first touch show at a time, and what does it show of that time today?
-- as_of: the time of the earlier report in the time zone of reports, for example 2026-10-05 09:00:00
-- ~ bars: channel; leads_then, leads_now
SELECT channel, leads_then, leads_now
FROM restated(as_of = {as_of:String})
ORDER BY leads_now DESC, leads_then DESC, channel
