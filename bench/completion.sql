-- A hundred payments completed by hand: the same rows as ours, in one transaction. Nothing is looked at twice.
-- (pgbench takes a colon for a variable, in a text as well: \072 is one.)
BEGIN;
SET LOCAL jit = off;
INSERT INTO ledger_account (code, currency, side, owner_id, balance_minor)
SELECT E'seller\072' || seller_id || E'\072payable', currency, 'credit', seller_id, 0
FROM payments_paymentintent WHERE stripe_payment_intent_id IN (
    SELECT object_id FROM inbox_message WHERE state = 'received' ORDER BY next_at, id LIMIT :set
    FOR UPDATE SKIP LOCKED)
GROUP BY seller_id, currency
ON CONFLICT DO NOTHING;
INSERT INTO ledger_account (code, currency, side) VALUES
    (E'stripe\072clearing', 'SEK', 'debit'), (E'platform\072commission', 'SEK', 'credit')
ON CONFLICT DO NOTHING;
WITH told AS MATERIALIZED (
    SELECT id, convert_from(body, 'UTF8')::jsonb AS event FROM inbox_message
    WHERE state = 'received' ORDER BY next_at, id LIMIT :set FOR UPDATE SKIP LOCKED
), paid AS (
    UPDATE payments_paymentintent AS payment SET
        status = 'succeeded', outcome = 'sale', succeeded_at = now(), last_error = NULL,
        stripe_charge_id = event #>> '{data,object,latest_charge}',
        charged_at = to_timestamp((event ->> 'created')::bigint)
    FROM told
    WHERE payment.stripe_payment_intent_id = event #>> '{data,object,id}'
        AND payment.status = 'requires_payment_method'
        AND payment.total_minor = (event #>> '{data,object,amount_received}')::bigint
    RETURNING payment.*, gen_random_uuid() AS earning_id
), earned AS (
    INSERT INTO payouts_earning (id, payment_id, seller_id, currency, amount_minor, stripe_charge_id, paid_on,
        status, created_at, kept_minor)
    SELECT earning_id, id, seller_id, currency, seller_minor, stripe_charge_id,
        (charged_at AT TIME ZONE 'Europe/Stockholm')::date, 'pending', now(), 0
    FROM paid
), lines AS (
    INSERT INTO payments_transaction (id, payment_intent_id, type, owner_id, role, currency, amount_minor,
        earning_id, created_at)
    SELECT gen_random_uuid(), id, 'commission', buyer_id, 'buyer', currency, commission_minor, NULL, now() FROM paid
    UNION ALL
    SELECT gen_random_uuid(), id, 'payout', seller_id, 'seller', currency, seller_minor, earning_id, now() FROM paid
), placed AS (
    INSERT INTO payouts_payoutschedule AS schedule (id, seller_id, currency, scheduled_date, total_minor, item_count,
        state, reason, attempt, destination_account, destination_bank, returns, is_closed, is_being_reversed,
        is_forced_early, notes, created_at, updated_at)
    SELECT gen_random_uuid(), seller_id, currency, CAST(:day AS date), sum(seller_minor), count(*),
        'scheduled', '', 0, '', '', 0, false, false, false, '', now(), now()
    FROM paid GROUP BY seller_id, currency ORDER BY seller_id
    ON CONFLICT (seller_id, currency, scheduled_date) WHERE state = 'scheduled' AND NOT is_closed DO UPDATE SET
        total_minor = schedule.total_minor + excluded.total_minor,
        item_count = schedule.item_count + excluded.item_count, updated_at = now()
    RETURNING id, seller_id, currency
), items AS (
    INSERT INTO payouts_payoutitem (schedule_id, earning_id, part, state, reason, gross_minor, refunded_minor,
        contested_minor, netted_minor, net_minor)
    SELECT placed.id, earning_id, 'sale', 'waiting', '', seller_minor, 0, 0, 0, seller_minor
    FROM paid JOIN placed USING (seller_id, currency)
), journals AS (
    INSERT INTO ledger_journal (key, at) SELECT E'payment\072' || id, now() FROM paid RETURNING id, key
), postings AS (
    INSERT INTO ledger_posting (journal_id, debit_id, credit_id, currency, amount_minor)
    SELECT journals.id, clearing.id, credit.id, paid.currency, part.amount_minor
    FROM paid JOIN journals ON journals.key = E'payment\072' || paid.id
    CROSS JOIN LATERAL (VALUES
        (E'seller\072' || seller_id || E'\072payable', seller_minor), (E'platform\072commission', commission_minor)
    ) AS part (code, amount_minor)
    JOIN ledger_account AS credit ON credit.code = part.code AND credit.currency = paid.currency
    JOIN ledger_account AS clearing ON clearing.code = E'stripe\072clearing' AND clearing.currency = paid.currency
), bids AS (
    UPDATE auctions_bid AS bid SET status = 'paid', paid_at = now() FROM paid WHERE bid.id = paid.bid_id
), tallied AS (
    INSERT INTO payments_tally AS tally (person_id, currency, sales_minor, payouts_pending_minor,
        payouts_completed_minor, purchases_minor, commission_paid_minor)
    SELECT person_id, currency, sum(sales), sum(pending), 0, sum(purchases), sum(commission) FROM (
        SELECT seller_id AS person_id, currency, total_minor AS sales, seller_minor AS pending, 0 AS purchases,
            0 AS commission FROM paid
        UNION ALL SELECT buyer_id, currency, 0, 0, total_minor, commission_minor FROM paid
    ) AS part GROUP BY person_id, currency ORDER BY person_id
    ON CONFLICT (person_id, currency) DO UPDATE SET
        sales_minor = tally.sales_minor + excluded.sales_minor,
        payouts_pending_minor = tally.payouts_pending_minor + excluded.payouts_pending_minor,
        purchases_minor = tally.purchases_minor + excluded.purchases_minor,
        commission_paid_minor = tally.commission_paid_minor + excluded.commission_paid_minor
), diary AS (
    INSERT INTO events_event (kind, at, subject_type, subject_id, audience, details)
    SELECT 'payment.completed', now(), 'payment', id::text, ARRAY[least(buyer_id, seller_id),
        greatest(buyer_id, seller_id)], jsonb_build_object('total_minor', total_minor, 'commission_minor',
        commission_minor, 'seller_minor', seller_minor, 'currency', currency)
    FROM paid
)
UPDATE inbox_message AS message SET state = 'handled', handled_at = now(), reason = '', attempts = attempts + 1
FROM told WHERE message.id = told.id;
END;
