-- What is being sent or told at this moment: it ends within the lease, and needs to know where it goes.
SELECT (SELECT count(*) FROM message WHERE customer_id = ANY(%(customers)s) AND status = 'sending')
     + (SELECT count(*) FROM webhook_call WHERE customer_id = ANY(%(customers)s) AND status = 'sending') AS busy
