-- The channels in which each customer opened or clicked, and when last, as of each row's own instant.
SELECT m.customer_id, m.channel, max(greatest(CASE WHEN m.opened_at <= q.at THEN m.opened_at END,
                                              CASE WHEN m.clicked_at <= q.at THEN m.clicked_at END)) AS at
  FROM unnest(%(customers)s::bigint[], %(ats)s::timestamptz[]) AS q(customer_id, at)
  JOIN message m ON m.customer_id = q.customer_id AND m.counts_on >= %(since)s AND m.mode = 'live'
   AND (m.opened_at <= q.at OR m.clicked_at <= q.at)
 GROUP BY m.customer_id, m.channel
