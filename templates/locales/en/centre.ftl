# Personal data, history, corrections, closing, guardians
history-title = History
history-sign-ins = Sign-ins
history-checks = Identity checks
history-changes = Changes
history-empty = Nothing on record.
history-older = Older records
history-kept = { $days ->
    [one] Sign-ins and changes are kept for { $days } day, identity checks for three years.
   *[other] Sign-ins and changes are kept for { $days } days, identity checks for three years.
}
history-signed-in = Signed in ({ $ways })
history-way-password = password
history-way-code = one-time code
history-way-sms = text message
history-way-passkey = passkey
history-way-face = face
history-way-certificate = certificate
history-way-scan = scan
history-acted = Acted for { $company }
history-checked = { $document }: { $way }
history-service = to { $service }
history-level = Level { $before } → { $after }
history-failures = { $count ->
    [one] { $count } failed try before
   *[other] { $count } failed tries before
}
history-failures-since = { $count ->
    [one] { $count } try to sign in has failed since your last sign-in. If it was not you, change your password.
   *[other] { $count } tries to sign in have failed since your last sign-in. If it was not you, change your password.
}
history-answer-match = Matched
history-answer-mismatch = No match
history-answer-unknown = Number unknown
history-answer-invalid = Document no longer valid
history-answer-held = Another account has it
history-answer-person = Another person
history-answer-none = Could not be checked
history-unmasked = Shown: { $item }
history-exported = Personal data exported
history-username = Account name changed
history-correction-asked = Correction requested
history-correction-accepted = Correction accepted
history-correction-refused = Correction refused
history-closing-asked = Closing requested
history-closing-cancelled = Closing taken back
history-guardian-asked = Guardian asked
history-guardian-accepted = Guardian agreed
history-guardian-ended = Guardian's agreement ended
history-other = Another change

data-title = My data
data-held = What is held about you
data-held-what = { $seconds ->
    [one] Masked unless you ask. Showing an item needs a fresh sign-in, lasts { $seconds } second and is written into your history.
   *[other] Masked unless you ask. Showing an item needs a fresh sign-in, lasts { $seconds } seconds and is written into your history.
}
data-show = Show
data-show-label = Show { $item }
data-shown = Shown
data-registered = Registered at other platforms
data-registered-what = These platforms have registered you and keep this platform informed. To correct or close a registration, please go to that platform.
data-registered-since = Since
data-rights = Look up and put right
data-export = Export my data
data-export-what = One JSON file with everything that is held about you, your name and document number in plain. Keep it safe.
data-export-submit = Export
data-back = Back to my data

correction-title = Put my data right
correction-oneself = What you can change
correction-mobile = Mobile number
correction-mobile-what = By a code sent to the new number
correction-name = Name and document
correction-name-what = After a new name or document, verify once more
correction-username = Account name
correction-username-hint = 4 to 32 characters, to sign in with; others may then take the old one
correction-username-submit = Change account name
correction-username-done = Your account name was changed. Sign in with the new one next time.
correction-username-taken = This account name is taken. Please choose another.
correction-username-malformed = This cannot be an account name. Please check it.
correction-request = Ask for a correction
correction-request-what = For what you cannot change yourself: say what is wrong and why. Our staff check it and answer.
correction-item = About
correction-item-real-name = Name or document
correction-item-history = History
correction-item-company = Company or agent
correction-item-other = Something else
correction-wish = What is wrong, and why
correction-wish-hint = At most 500 characters; no passwords or codes
correction-wish-missing = Say what is wrong and why, in at most 500 characters.
correction-too-many = Several of your requests are being worked on. Please wait for an answer first.
correction-submit = Send
correction-asked = Your request was sent. We will tell you by message when it is answered.
correction-mine = My requests
correction-open = In progress
correction-accepted = Accepted
correction-refused = Refused
correction-answer = Answer

close-title = Close my account
close-lead = Once it is closed you cannot use this account any more. Please read first what will happen.
close-now = At once
close-now-sessions = You are signed out on every device and at every service, and nobody can sign in any more.
close-waits = { $days ->
    [one] It waits for { $days } day. Signing in meanwhile lets you take it back.
   *[other] It waits for { $days } days. Signing in meanwhile lets you take it back.
}
close-then = Then, on
close-then-erased = Your name, document, mobile number, password, factors, devices and consents are erased.
close-then-kept = The law wants some records kept, without name or number: sign-in logs for six months, checks, consents and mandates for three years. Then they go, too.
close-then-free = Account name, mobile number and document can be registered again.
close-services = Services that are told
close-services-what = What a service keeps of your matters is handled by that service by law.
close-companies = You are the legal representative of
close-companies-what = Afterwards these companies have no representative here, and the agents whom you appointed end with it. A new representative can register a company again at any time.
close-companies-end = I know that acting for these companies ends with my account
close-companies-left = Please decide first what happens to the companies that you represent.
close-submit = Ask to close it
closing-asked = Your account will be closed
closing-asked-what = You are signed out everywhere, and the services you used are being told.
closing-due = Closed on
closing-waiting = This account is being closed
closing-choice = You can take that back and go on using your account, or do nothing.
closing-cancel = Keep my account
closing-leave = Leave it
closing-cancelled = The closing was taken back
closing-cancelled-what = Your account is as before. Please sign in again.
closing-over = This cannot be taken back
closing-over-what = It was taken back or done already, or you waited too long. Please sign in again.
closing-sign-in = Sign in

guardian-title = Guardian
guardian-lines = Who agrees for whom
guardian-child = Child
guardian-guardian = Guardian
guardian-active = Agreed
guardian-waiting = Waiting
guardian-until = Until
guardian-answer-until = Please answer by
guardian-accept = Agree
guardian-accept-label = Agree to be the guardian of { $name }
guardian-decline = Decline
guardian-decline-label = Decline to be the guardian of { $name }
guardian-end = End
guardian-end-label = End the guardianship with { $name }
guardian-ask = Ask your guardian
guardian-ask-what = You are under 14, so a guardian must agree before you use services. Fill this in together: the guardian needs an account of their own at identity level L3 with a verified mobile number.
guardian-name = Guardian's name
guardian-name-missing = Enter the guardian's name.
guardian-mobile = Guardian's mobile number
guardian-mobile-hint = The verified number of the guardian's account
guardian-sent = If this is right, a code arrives on the guardian's phone. Enter it while you are together.
guardian-code-hint = 6 digits, good for 5 minutes
guardian-submit = Send
guardian-asked-done = Sent. The guardian now signs in and agrees under "Guardian".
guardian-accepted-done = You have agreed. The child can use services now, and you can end this at any time.
guardian-ended-done = It was ended.
guardian-means = Being a guardian
guardian-means-what = A child under 14 needs a guardian's agreement to use services. Requests appear here. Your agreement ends by itself on the child's 14th birthday; you can end it at any time, and then the child's sign-ins and consents end at once.
guardian-neither = A guardian is 18 or older, with identity level L3.
guardian-needed = A guardian must agree
guardian-needed-what = You are under 14. Until a guardian agrees, nothing about you is given to this service.
guardian-needed-ask = Ask my guardian
guardian-needed-again = My guardian has agreed, continue
