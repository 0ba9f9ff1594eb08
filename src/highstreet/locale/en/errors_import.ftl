# Why a file, or a row of it, is not taken in.

import-kind_unknown = Unknown kind of import
    .detail = Choose one of { $kinds }.
import-file_missing = The file is missing
    .detail = There is no file { $path }.
import-format_unknown = Unknown format
    .detail = Say which it is: { $formats }.
import-encoding_unknown = Unknown encoding
    .detail = There is no text encoding called { $encoding }.
import-encoding_wrong = The encoding is wrong
    .detail = The file is not { $encoding }: line { $line } has { $value } at byte { $byte }. Nothing was taken in. Say which encoding it is.
import-header_missing = The header is missing
    .detail = None of the first row's names is known. Some that are: { $known }.
import-mapping_malformed = The mapping is malformed
    .detail = This cannot be read or is not known: { $key }.
import-file_malformed = The file is malformed
    .detail = It is not { $format } from line { $line } on. Nothing was taken in.
import-too_many_rows = Too many rows
    .detail = The file has { $rows } rows, and { $limit } may be in one. Nothing was taken in. Divide it.
import-row_group_too_large = A row group is too large
    .detail = Row group { $number } has { $megabytes } MB unpacked, and it may have { $limit } MB. Nothing was taken in. Write the file with smaller row groups.
import-too_many_bad_rows = Too many bad rows
    .detail = More than { $limit } rows are bad, so the file was not read to its end. Nothing was taken in.
import-brand_unknown = Unknown brand
    .detail = There is no such brand.

import-value_missing = A value is missing
    .detail = This field may not be empty.
import-value_too_long = A value is too long
    .detail = At most { $limit } characters are taken. A quotation mark that is not closed does this, too.
import-control_character = A character is not text
    .detail = The value holds an invisible control character.
import-number_malformed = Not a number
    .detail = A plain number was expected: digits, with a point before decimals.
import-out_of_range = Out of range
    .detail = The value must be from { $least } to { $most }.
import-money_malformed = Not an amount
    .detail = An amount in { $currency } like 12.30 was expected, with no more decimals than the currency has.
import-currency_differs = Another currency
    .detail = The amount is in { $given }, the brand's prices are in { $currency }.
import-time_malformed = Not a time
    .detail = A time like 2026-11-20T18:30:00+02:00 was expected, or a local one without an offset.
import-choice_unknown = Unknown value
    .detail = Possible are: { $choices }.
import-columns_differ = Wrong number of columns
    .detail = The header has { $expected } columns, this row has { $found }.
import-record_malformed = Not a record
    .detail = A plain value was expected here, or an object with named values.
import-not_a_point = Not a point
    .detail = A place needs a geometry of type Point.
import-repeated = Repeated
    .detail = The same stands in the file before. The first one counts.
import-group_incomplete = Left out with its other rows
    .detail = Row { $bad_line } of the same sale or product is bad, so its { $rows } good rows were left out, too.
import-group_too_large = Too many rows
    .detail = A sale or product has at most { $limit } rows, this one has { $rows }.
import-sums_differ = The amounts do not add up
    .detail = List price less discount is not the net amount.
import-quantity_zero = No pieces
    .detail = A line of a sale has at least one piece. To keep such lines' money as one piece each, ask for it.
import-party_unknown = Unknown party
    .detail = The brand has no single party of this name or id.
import-place_unknown = Unknown place
    .detail = The brand has no place of this reference.
import-goods_unknown = Unknown goods
    .detail = The brand has no goods of this number.
import-member_unknown = Unknown member
    .detail = The brand has no member of this reference.
import-lines_differ = The lines of a sale differ
    .detail = All lines of one sale have the same time and member.
import-sale_differs = The sale is there already
    .detail = A sale of this number has other lines or amounts. What was sold is not rewritten.

import-note_sale_price = { $rows ->
    [one] One row has a sale price
   *[other] { $rows } rows have a sale price
} that was left out: it is a passing price, not a members' price. Make an offer of it.
import-note_bad_rows_cut = The file of bad rows has only the first { $limit }; { $rows } more are not in it.
import-note_without_goods = { $rows ->
    [one] One line without pieces was
   *[other] { $rows } lines without pieces were
} kept as one piece each and marked in the sale.
import-note_prices_wait = { $rows ->
    [one] One price waits
   *[other] { $rows } prices wait
} until dealers acknowledge it; until then the old one holds. See Conflicts.
import-address_malformed = This is no web address
    .detail = It begins with https:// or http:// and names a host.
