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
