-- When the next unknown outcome or the next alert is due: one flow takes both.
SELECT least((SELECT min(ask_at) FROM message WHERE status = 'unknown'),
             (SELECT min(tell_at) FROM alert WHERE tell_at IS NOT NULL)) AS at
