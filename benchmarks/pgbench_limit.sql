-- One charge of three lines as one function: what PostgreSQL itself can do of the work, driven by pgbench.
-- Rows are locked in one order, the hottest (coupon, offer, member) last. It is spared what ours pays for:
-- events numbered in commit order (a lock), kept sums, NOTIFY, HTTP, JSON checked, permissions, the proof's
-- every step.
CREATE SEQUENCE bench_no;
-- pgbench draws numbers; this turns them into the town's ids.
CREATE TABLE bench_id (kind text, n int, id text NOT NULL, PRIMARY KEY (kind, n));

CREATE FUNCTION bench_account(p_brand text, p_owner text, p_kind text, p_other text, p_currency text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE found_id text;
BEGIN
    LOOP
        SELECT a.id INTO found_id FROM account a
        WHERE a.brand_id = p_brand AND a.owner_id = p_owner AND a.kind = p_kind
          AND a.counterparty_id = p_other AND a.currency = p_currency;
        EXIT WHEN FOUND;
        INSERT INTO account (brand_id, id, owner_id, kind, counterparty_id, currency, balance_minor)
        VALUES (p_brand, 'acc_' || lpad(nextval('bench_no')::text, 26, '0'), p_owner, p_kind, p_other, p_currency,
            0)
        ON CONFLICT DO NOTHING;
    END LOOP;
    RETURN found_id;
END $$;

CREATE FUNCTION bench_charge(p_register int, p_goods int[], p_quantities int[], p_member int, p_coupon text)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    no text := lpad(nextval('bench_no')::text, 26, '0');
    sale_key text := 'sal_' || no;
    tender_key text := 'tnd_' || no;
    now_us bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    day text;
    r record; m record; c record; k record; t record; l record;
    answer jsonb; told jsonb; sheet jsonb; discounts jsonb; proof jsonb;
    consented boolean; has_touch boolean := false;
    list_total bigint; off_total bigint; net_total bigint; points_total bigint;
    brand_share bigint; landlord_share bigint;
    brand_bp int; landlord_bp int;
    takings text; clearing text;
BEGIN
    SELECT g.brand_id, g.id, g.place_id, p.operator_party_id, p.landlord_party_id, p.name_en, p.name_zh,
           b.currency, y.id AS brand_party_id, w.cell, w.time_zone
    INTO STRICT r
    FROM bench_id n
    JOIN register g ON g.id = n.id
    JOIN place p ON p.brand_id = g.brand_id AND p.id = g.place_id
    JOIN brand b ON b.id = g.brand_id
    JOIN party y ON y.brand_id = g.brand_id AND y.kind = 'brand'
    JOIN site w ON w.brand_id = g.brand_id AND w.place_id = g.place_id
    WHERE n.kind = 'register' AND n.n = p_register AND g.brand_id = (SELECT id FROM brand)
      AND g.is_active AND p.is_active;
    day := to_char((to_timestamp(now_us / 1e6) AT TIME ZONE r.time_zone) - interval '4 hours', 'YYYY-MM-DD');

    SELECT i.answer INTO answer FROM idempotency i
    WHERE i.scope = 'sale' AND i.key = r.brand_id || ':' || sale_key;
    IF FOUND THEN RETURN answer; END IF;

    SELECT b.id, b.person_id INTO STRICT m FROM bench_id n
    JOIN member b ON b.brand_id = r.brand_id AND b.id = n.id AND b.tier <> 'erased'
    WHERE n.kind = 'member' AND n.n = p_member;
    SELECT EXISTS (SELECT FROM consent WHERE brand_id = r.brand_id AND person_id = m.person_id
                   AND purpose = 'measurement' AND withdrawn_at IS NULL) INTO consented;
    SELECT u.id, u.offer_id, o.kind, o.title_en, o.title_zh, (o.terms ->> 'percent_bp')::int AS percent_bp
    INTO STRICT c
    FROM coupon u JOIN offer o ON o.brand_id = u.brand_id AND o.id = u.offer_id
    WHERE u.brand_id = r.brand_id AND u.public_code = p_coupon
      AND u.valid_from <= now_us AND u.valid_until > now_us
      AND o.is_active AND o.starts_at <= now_us AND o.ends_at > now_us;
    PERFORM FROM offer WHERE brand_id = r.brand_id AND kind = 'member_price' AND is_active
      AND starts_at <= now_us AND ends_at > now_us;
    SELECT x.id, x.version, x.terms INTO STRICT k FROM contract x
    WHERE x.brand_id = r.brand_id AND x.operator_party_id = r.operator_party_id AND x.in_force_from <= now_us
      AND (x.effective_to IS NULL OR x.effective_to > now_us)
    ORDER BY x.place_id NULLS LAST, x.in_force_from DESC, x.version DESC LIMIT 1;
    brand_bp := (k.terms -> 'shares' -> 0 ->> 'bp')::int;
    landlord_bp := (k.terms -> 'shares' -> 1 ->> 'bp')::int;

    -- Price, discount and shares of every line, as JSON that the tables below are filled from.
    SELECT jsonb_agg(jsonb_build_object(
               'line_no', q.no, 'variant_id', q.variant_id, 'gtin', q.gtin, 'name_en', q.name_en,
               'name_zh', q.name_zh, 'quantity', q.quantity, 'unit_list_minor', q.unit,
               'discount_minor', q.off, 'net_minor', q.list - q.off) ORDER BY q.no),
           jsonb_agg(jsonb_build_object('line_no', q.no, 'base_minor', q.list - q.off,
               'stock_owner_id', r.operator_party_id, 'quantity', q.quantity, 'list_minor', q.list, 'shares',
               jsonb_build_array(
                   jsonb_build_object('role', 'brand', 'party_id', r.brand_party_id, 'rule', 0,
                       'of_minor', q.list - q.off,
                       'amount_minor', (q.list - q.off) * brand_bp / 10000),
                   jsonb_build_object('role', 'landlord', 'party_id', r.landlord_party_id, 'rule', 1,
                       'of_minor', q.list - q.off,
                       'amount_minor', (q.list - q.off) * landlord_bp / 10000),
                   jsonb_build_object('role', 'operator', 'party_id', r.operator_party_id,
                       'amount_minor', q.list - q.off - (q.list - q.off) * brand_bp / 10000
                                       - (q.list - q.off) * landlord_bp / 10000))) ORDER BY q.no),
           sum(q.list), sum(q.off), sum(q.list - q.off), sum((q.list - q.off) / 100),
           sum((q.list - q.off) * brand_bp / 10000), sum((q.list - q.off) * landlord_bp / 10000)
    INTO told, sheet, list_total, off_total, net_total, points_total, brand_share, landlord_share
    FROM (
        SELECT a.no, v.id AS variant_id, v.gtin, a.quantity, x.amount_minor AS unit,
               p.name_en || ', ' || (v.attributes ->> 'size') AS name_en,
               p.name_zh || ' ' || (v.attributes ->> 'size') AS name_zh,
               x.amount_minor * a.quantity AS list,
               x.amount_minor * a.quantity * c.percent_bp / 10000 AS off
        FROM unnest(p_goods, p_quantities) WITH ORDINALITY AS a (n, quantity, no)
        JOIN bench_id b ON b.kind = 'variant' AND b.n = a.n
        JOIN variant v ON v.brand_id = r.brand_id AND v.id = b.id AND v.is_active
        JOIN product p ON p.brand_id = v.brand_id AND p.id = v.product_id
        JOIN price_list f ON f.brand_id = v.brand_id AND f.kind = 'list' AND f.currency = r.currency
        JOIN price x ON x.brand_id = v.brand_id AND x.variant_id = v.id AND x.price_list_id = f.id
    ) q;
    discounts := jsonb_build_array(jsonb_build_object(
        'offer_id', c.offer_id, 'coupon_id', c.id, 'kind', c.kind, 'title_en', c.title_en,
        'title_zh', c.title_zh, 'amount_minor', off_total));
    proof := jsonb_build_object('version', 1, 'currency', r.currency, 'lines', told, 'discounts', discounts,
        'list_minor', list_total, 'discount_minor', off_total, 'total_minor', net_total);

    INSERT INTO sale (brand_id, id, place_id, register_id, member_id, person_id, state, origin, currency,
                      list_minor, discount_minor, total_minor, returned_minor, proof, business_day,
                      opened_at, paid_at)
    VALUES (r.brand_id, sale_key, r.place_id, r.id, m.id, m.person_id, 'paid', 'register', r.currency,
            list_total, off_total, net_total, 0, proof, day, now_us, now_us);
    INSERT INTO sale_line (brand_id, sale_id, line_no, variant_id, gtin, name_en, name_zh, owner_party_id,
                           quantity, unit_list_minor, discount_minor, net_minor, returned_quantity,
                           returned_minor)
    SELECT r.brand_id, sale_key, j.line_no, j.variant_id, j.gtin, j.name_en, j.name_zh, r.operator_party_id,
           j.quantity, j.unit_list_minor, j.discount_minor, j.net_minor, 0, 0
    FROM jsonb_to_recordset(told) AS j (line_no int, variant_id text, gtin text, name_en text, name_zh text,
                                        quantity int, unit_list_minor bigint, discount_minor bigint,
                                        net_minor bigint);
    INSERT INTO tender (brand_id, id, sale_id, place_id, direction, rail, state, currency, amount_minor,
                        refunded_minor, given_minor, created_at, settled_at)
    VALUES (r.brand_id, tender_key, sale_key, r.place_id, 'in', 'cash', 'captured', r.currency, net_total, 0,
            1000000, now_us, now_us);
    INSERT INTO stock_move (brand_id, place_id, variant_id, owner_party_id, quantity, reason, ref_id, line_no, at)
    SELECT r.brand_id, r.place_id, j.variant_id, r.operator_party_id, -j.quantity, 'sold', sale_key, j.line_no,
           now_us
    FROM jsonb_to_recordset(told) AS j (line_no int, variant_id text, quantity int);
    INSERT INTO points_entry (brand_id, id, member_id, sale_id, line_no, points, reversed, kind, state,
                              matures_at, at)
    SELECT r.brand_id, 'pnt_' || right(no, 25) || j.line_no, m.id, sale_key, j.line_no, j.net_minor / 100, 0,
           'earn', 'pending', now_us + 14 * 86400000000, now_us
    FROM jsonb_to_recordset(told) AS j (line_no int, net_minor bigint);
    INSERT INTO share_sheet (brand_id, sale_id, contract_id, contract_version, collector_party_id, channel,
                             roles, lines)
    VALUES (r.brand_id, sale_key, k.id, k.version, r.operator_party_id, 'register',
            jsonb_build_object('brand', r.brand_party_id, 'operator', r.operator_party_id,
                               'landlord', r.landlord_party_id), sheet);

    takings := bench_account(r.brand_id, r.operator_party_id, 'sales', '', r.currency);
    clearing := bench_account(r.brand_id, r.operator_party_id, 'clearing_cash', '', r.currency);
    INSERT INTO transfer (brand_id, ref_id, no, debit_account_id, credit_account_id, currency, amount_minor,
                          code, at)
    VALUES
        (r.brand_id, sale_key, 1, clearing, takings, r.currency, net_total, 'tender', now_us),
        (r.brand_id, sale_key, 2, takings, bench_account(r.brand_id, r.brand_party_id, 'earned',
         r.operator_party_id, r.currency), r.currency, brand_share, 'share', now_us),
        (r.brand_id, sale_key, 3, takings, bench_account(r.brand_id, r.landlord_party_id, 'earned',
         r.operator_party_id, r.currency), r.currency, landlord_share, 'share', now_us),
        (r.brand_id, sale_key, 4, takings, bench_account(r.brand_id, r.operator_party_id, 'earned',
         r.operator_party_id, r.currency), r.currency, net_total - brand_share - landlord_share, 'share',
         now_us);

    IF consented THEN
        SELECT h.id, h.code_id, d.campaign INTO t FROM touch h
        JOIN code d ON d.brand_id = h.brand_id AND d.id = h.code_id
        WHERE h.brand_id = r.brand_id AND h.person_id = m.person_id AND h.at >= now_us - 30 * 86400000000
        ORDER BY h.at DESC, h.id DESC LIMIT 1;
        has_touch := FOUND;
    END IF;
    IF has_touch THEN
        INSERT INTO credit (brand_id, sale_id, code_id, touch_id, rule, currency, amount_minor,
                            returned_minor, at)
        VALUES (r.brand_id, sale_key, t.code_id, t.id, 'last_touch', r.currency, net_total, 0, now_us);
    END IF;

    answer := jsonb_build_object(
        'sale_id', sale_key, 'state', 'paid', 'brand_id', r.brand_id, 'place', jsonb_build_object(
            'place_id', r.place_id, 'name_en', r.name_en, 'name_zh', r.name_zh),
        'register_id', r.id, 'currency', r.currency, 'lines', told, 'discounts', discounts,
        'list_minor', list_total, 'discount_minor', off_total, 'total_minor', net_total,
        'tenders', jsonb_build_array(jsonb_build_object(
            'tender_id', tender_key, 'rail', 'cash', 'amount_minor', net_total, 'given_minor', 1000000,
            'change_minor', 1000000 - net_total)),
        'points_pending', points_total, 'paid_at', to_timestamp(now_us / 1e6));
    INSERT INTO idempotency (scope, key, fingerprint, answer, at)
    VALUES ('sale', r.brand_id || ':' || sale_key, md5(sale_key), answer, now_us);
    INSERT INTO outbox (name, brand_id, place_id, person_id, at, body)
    VALUES
        ('offers.coupon_redeemed.v1', r.brand_id, NULL, m.person_id, now_us, jsonb_build_object(
            'at', now_us, 'brand_id', r.brand_id, 'person_id', m.person_id, 'offer_id', c.offer_id,
            'coupon_id', c.id, 'sale_id', sale_key, 'discount_minor', off_total)),
        ('members.points_earned.v1', r.brand_id, NULL, m.person_id, now_us, jsonb_build_object(
            'at', now_us, 'brand_id', r.brand_id, 'person_id', m.person_id, 'member_id', m.id,
            'sale_id', sale_key, 'points', points_total)),
        ('loop.credit_given.v1', r.brand_id, NULL, NULL, now_us, jsonb_build_object(
            'at', now_us, 'brand_id', r.brand_id, 'sale_id', sale_key, 'code_id', t.code_id,
            'campaign', t.campaign, 'amount_minor', net_total, 'currency', r.currency)),
        ('sales.sale_paid.v1', r.brand_id, r.place_id, m.person_id, now_us, jsonb_build_object(
            'at', now_us, 'brand_id', r.brand_id, 'place_id', r.place_id, 'person_id', m.person_id,
            'sale_id', sale_key, 'register_id', r.id, 'member_id', m.id, 'currency', r.currency,
            'list_minor', list_total, 'discount_minor', off_total, 'total_minor', net_total,
            'business_day', day, 'rails', jsonb_build_array('cash'), 'code_id', t.code_id, 'lines', told,
            'receipt', answer));
    INSERT INTO redemption (brand_id, coupon_id, sale_id, offer_id, person_id, state, discount_minor,
                            returned_minor, reserved_at, redeemed_at)
    VALUES (r.brand_id, c.id, sale_key, c.offer_id, m.person_id, 'redeemed', off_total, 0, now_us, now_us);

    FOR l IN SELECT j.variant_id, j.quantity
             FROM jsonb_to_recordset(told) AS j (variant_id text, quantity int) ORDER BY j.variant_id
    LOOP
        UPDATE stock_item SET on_hand = on_hand - l.quantity
        WHERE brand_id = r.brand_id AND variant_id = l.variant_id AND cell = r.cell
          AND place_id = r.place_id AND owner_party_id = r.operator_party_id
          AND on_hand - reserved >= l.quantity;
        IF NOT FOUND THEN RAISE EXCEPTION 'out of stock'; END IF;
    END LOOP;
    UPDATE member SET points_pending = points_pending + points_total WHERE brand_id = r.brand_id AND id = m.id;
    UPDATE offer SET spent_minor = spent_minor + off_total
    WHERE brand_id = r.brand_id AND id = c.offer_id
      AND (budget_minor IS NULL OR spent_minor + off_total <= budget_minor);
    IF NOT FOUND THEN RAISE EXCEPTION 'budget spent'; END IF;
    UPDATE coupon SET used = used + 1
    WHERE brand_id = r.brand_id AND id = c.id AND used + reserved + 1 <= cap;
    IF NOT FOUND THEN RAISE EXCEPTION 'coupon used up'; END IF;
    RETURN answer;
END $$;
