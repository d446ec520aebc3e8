# Words on every page
brand = Unified Identity
skip = Skip to content
nav-label = Page settings
nav-elder = Larger text
nav-standard = Standard view
cancel = Cancel
continue = Continue
continue-to = Continue to { $service }
back-to = Back to { $service }
to-home = Go to the home page
to-account = Go to my account
leave = Go back to { $service } without signing in
sentence-gap = { " " }
list-comma = { ", " }
day-today = today
day-yesterday = yesterday
day-tomorrow = tomorrow

asking-line = { $service } asks you to sign in
asking-level = Identity level needed: { $level } ({ $code })
asking-policy = Its privacy policy
asking-terms = Its terms of use

level-title = Identity level
level-l0 = Not verified
level-l1 = Self-declared, mobile number verified
level-l2 = Name and ID number matched
level-l3 = Several items or face matched
level-l4 = Verified in person or by certificate

username = Account
password = Password
password-show = Show
password-hide = Hide
password-again = Password again

problems-later = You cannot go on right now
problems-title = Please check the following
problem-too-many = { $seconds ->
    [one] Too many tries. Please try again in { $seconds } second.
   *[other] Too many tries. Please try again in { $seconds } seconds.
}
problem-busy = Many people are signing in right now and your request was not handled. Please wait a few seconds and try again.

claim-name = Real name
claim-masked-name = Name with the family name hidden
claim-level = Identity level
claim-time = Time of the identity check
claim-user-type = Kind of user
claim-mobile = Mobile number
claim-email = Email address
claim-address = Address
claim-profile = Account name and language
claim-identity-number = ID number
claim-face = Result of the face check
