# Sign in, register, choose an account
sign-in-title = Sign in
sign-in-kind = Kind of user
sign-in-person = Personal
sign-in-business = Business
sign-in-username-hint = User name or mobile number
sign-in-submit = Sign in
sign-in-register = Create an account
sign-in-recovery = Forgotten password
sign-in-other-ways = Other ways to sign in
way-passkey = Passkey
way-sms = Text message
way-scan = Scan a code
sign-in-username-missing = Enter your account.
sign-in-password-missing = Enter your password.
sign-in-wrong-pair = The account or the password is not right. Please check both and try again.
sign-in-locked = { $minutes ->
    [one] There were many wrong passwords. To protect the account, please sign in again in { $minutes } minute.
   *[other] There were many wrong passwords. To protect the account, please sign in again in { $minutes } minutes.
} If this was not you, do not worry: nothing in the account was disclosed.
sign-in-disabled = This account is disabled and cannot sign in. If you have questions, please bring a valid ID to a government service hall near you.
sign-in-registered = Your account was created. Please sign in.
sign-in-password-changed = Your password was changed and every device was signed out. Please sign in with the new password.
sign-in-session-ended = You were away for some time and have been signed out. Please sign in again.
sign-in-show-again = To protect your account, please enter your password again to confirm that it is you.

register-title = Create an account
register-intro = One account for government services at every level.
register-username = User name
register-username-hint = 4 to 32 characters, a letter first; letters, digits, dots, underscores and hyphens
register-mobile = Mobile number (optional)
register-mobile-hint = 11 digits, mainland China; you can also sign in with it
register-terms = I have read and accept the terms of use and the privacy notice
register-terms-read = Read the terms of use
register-privacy-read = Read the privacy notice
register-submit = Create account
register-have = Already have an account?
register-sign-in = Sign in
register-username-missing = Enter a user name.
register-username-shape = A user name has 4 to 32 characters, begins with a letter, and contains only letters, digits, dots, underscores and hyphens.
register-username-taken = This user name is taken. Please choose another.
register-mobile-shape = A mobile number has 11 digits, for example 13800138000. You may also leave it empty.
register-terms-missing = Please read the texts and tick the box before you create the account.

password-rule = { $shortest ->
    [one] At least { $shortest } character.
   *[other] At least { $shortest } characters.
} A few unrelated words are easy to remember and hard to guess
password-missing = Enter a password.
password-short = { $shortest ->
    [one] The password needs at least { $shortest } character.
   *[other] The password needs at least { $shortest } characters.
}
password-long = { $longest ->
    [one] The password may have { $longest } character.
   *[other] The password may have at most { $longest } characters.
}
password-common = This password is very common and easy to guess. Please choose another.
password-used = You have used this password before. Please choose a new one.
password-personal = Please leave your user name and mobile number out of the password.
password-simple = This password is too simple. Please use at least two of: letters, digits, symbols.
password-differs = The two passwords differ. Please enter them again.

select-title = Choose an account
select-since = Signed in
select-another = Use another account
select-another-what = Sign in with a different account
challenge-zoom = Enlarge the picture
