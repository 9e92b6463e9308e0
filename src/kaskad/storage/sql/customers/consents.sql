-- The latest consent or withdrawal of each channel and topic; of two at one instant, the withdrawal.
SELECT DISTINCT ON (customer_id, channel, topic) customer_id, channel, topic, granted, at
  FROM consent
 WHERE customer_id = ANY(%(customers)s) AND purpose = 'marketing' AND at <= %(at)s
 ORDER BY customer_id, channel, topic, at DESC, granted, id
