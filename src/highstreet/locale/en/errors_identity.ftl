# Refusals of the room `identity`.

identity-phone_malformed = The phone number is malformed
    .detail = Enter a complete phone number, with its country code if it is from abroad.
identity-login_malformed = The login is malformed
    .detail = A login has 3 to 80 small letters, digits or . _ + @ - and begins with a letter or digit.
identity-name_malformed = The name is malformed
    .detail = A name must be filled in, without spaces around it and with at most { $limit } characters.
identity-password_weak = The password cannot be used
    .detail = Choose one with at least { $shortest } characters.
identity-locale_unknown = Unknown language
    .detail = Choose one of the languages offered.
identity-code_too_soon = Please wait before asking for another code
    .detail = You can ask again in { $retry_after_s } seconds.
identity-code_wrong = The code is not right
    .detail = Check the code, or ask for a new one.
identity-login_wrong = Login or password is not right
    .detail = Check both and try again.
identity-pairing_wrong = The pairing code is not right
    .detail = It may have been used or be too old. Ask the office for a new one.
identity-login_taken = The login is taken
    .detail = Choose another login.
identity-already_there = Already there
    .detail = This key was issued before. Nothing was changed.
identity-staff_not_found = Staff not found
    .detail = There is no such member of staff, or they are not yours.
