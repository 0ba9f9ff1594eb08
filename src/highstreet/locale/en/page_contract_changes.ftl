# What a version of a contract changes: against a version before it, and tried on what was sold.
changes-open = What changes
changes-title = What version { $version } changes
changes-lead = Each sentence of the contract: what goes, what comes, and what stays.
changes-against = Compared with version { $version }, from { $day }.
changes-other = Compare with another version
changes-version_of = Version { $version }, { $state }
changes-none_before = There is no earlier version to compare with: all of it is new.
changes-same = Nothing changes: both versions say the same, to the last field.
changes-went = Goes:
changes-came = Comes:
changes-count = { $went } { $went ->
        [one] sentence goes
       *[other] sentences go
    }, { $came } { $came ->
        [one] comes
       *[other] come
    }, { $stayed } { $stayed ->
        [one] stays
       *[other] stay
    }.
changes-fields = Also changed
changes-fields_lead = The sentences do not tell these in full.
changes-field_goods = Goods of the part of { $who }, rule { $number }
changes-field_parity_goods = Goods whose prices are promised
changes-field_brand_for = Where goods of the brand may be sold
changes-field_collector_in = Who is named as collecting in { $channel }
changes-field_piece_of = Base that is named for the amount a piece of { $who }, rule { $number }
changes-field_channels = Where the part of { $who } holds, rule { $number }
changes-before = Before
changes-after = After
changes-all_goods = all goods
changes-nothing = nothing
changes-everywhere = everywhere
trial-open = Try on past sales
trial-title = Version { $version } on past sales
trial-lead = What each party got of these sales, and would have got under this version.
trial-lead_own = What you got of these sales, and would have got under this version.
trial-first = From
trial-last = To
trial-show = Show
trial-running = Sharing the sales once more…
trial-none = No sales in these days
trial-none_text = Choose days in which something was sold under the contracts before.
trial-who = Who gets what
trial-of_sales = { $count } { $count ->
        [one] sale
       *[other] sales
    }, less what came back by now.
trial-not_all = Only the first { $count } of these days were tried: choose fewer days.
trial-was = as it was
trial-would_be = as it would be
trial-below_zero = On { $count } { $count ->
        [one] line
       *[other] lines
    } who takes the rest would have had to pay.
trial-unknown = Of { $count } { $count ->
        [one] sale it was
       *[other] sales it was
    } not kept whose home store, or whose code, it was: the contract of then named none. That part stays with who takes the rest here.
trial-examples = Sales that change most
trial-same = No sale would have been shared otherwise.
trial-how = Facts frozen with each sale, shared once more by this version. Nothing is changed.
trial-how_own = Facts frozen with each sale, shared once more by this version. What others get is not told here. Nothing is changed.
