# Identity check
real-name-title = Identity check
real-name-why = { $service } needs to know who you are. One check is enough: you will not have to fill this in again at other services.
real-name-why-own = After the identity check you can use services that need to know who you are.
real-name-name = Name
real-name-name-hint = In Chinese, exactly as on your ID card; keep the dot "·" in names of ethnic minorities
real-name-number = ID number
real-name-number-hint = 18 characters; the last one may be the letter X
real-name-what = We send the name and ID number that you enter to { $authority } and receive only whether they match. Both are sensitive personal information: they are stored encrypted and shown only in part. By choosing "Agree and check" you give your separate consent to this check.
real-name-submit = Agree and check
real-name-skip = Not now, continue to { $service }
real-name-skip-what = You can sign in without it, though some matters may not be open to you yet. You can do it later in the account centre.
real-name-when = Checked
real-name-matched = Your identity is confirmed
real-name-matched-what = Your name and ID number were confirmed by { $authority }.
real-name-mismatch = Name and ID number do not match
real-name-mismatch-advice = Please compare both with your ID card. If you changed your name recently, or it contains rare characters, please ask the police station of your household registration whether the record has been updated.
real-name-unknown = This ID number was not found
real-name-unknown-advice = The number is well formed, but the register does not hold it. Please compare every digit with your ID card. If it is right, please ask the police station of your household registration.
real-name-unavailable = The register cannot be reached right now
real-name-unavailable-advice = This is not your mistake and does not count as a failed check. What you entered is still below: please choose "Agree and check" again in a few minutes.
real-name-other = This ID number is used by another account
real-name-other-advice = Every ID number belongs to one account. Please sign in with that account. If you did not create it, please bring a valid ID to a government service hall near you.
real-name-too-many = { $minutes ->
    [one] Many checks were made. Please try again in { $minutes } minute
   *[other] Many checks were made. Please try again in { $minutes } minutes
}
real-name-too-many-advice = To protect your identity, the number of checks within a short time is limited. You can go on using your account.
real-name-name-missing = Enter your name.
real-name-name-shape = The name contains characters that cannot be read. Please write it as on your ID card.
real-name-number-missing = Enter your ID number.
real-name-number-length = An ID number has 18 characters. Please check whether one is missing or too many.
real-name-number-characters = The first 17 characters of an ID number are digits, the last one is a digit or the letter X.
real-name-number-region = The first 6 digits of the ID number are not a valid region code. Please check them.
real-name-number-birthday = Digits 7 to 14 of the ID number are not a valid date of birth. Please check them.
real-name-number-checksum = One character of the ID number is not right. Please compare it with your ID card, digit by digit.
