# Two-step sign-in, security of the account
second-title = Two-step verification
second-choose = To protect your account, please confirm in one more way that it is you.
second-way-passkey = Passkey
second-way-totp = Authenticator app
second-way-sms = Text message
second-way-password = Password
second-way-recovery = Recovery code
second-code = Code
second-recovery-code = Recovery code
second-totp-hint = Open your authenticator app and enter the 6 digits that it shows now
second-sms-hint = 6 digits, valid for 5 minutes. Do not share them with anyone
second-password-hint = Enter the password of your account
second-recovery-hint = 10 characters; each recovery code works once
second-sent = A code was sent to { $number }.
second-submit = Verify
second-send-again = Nothing arrived? Send it again
second-other = Use another way
second-skip = Go on without
second-trust = { $days ->
    [one] Do not ask again on this device for { $days } day.
   *[other] Do not ask again on this device for { $days } days.
} Leave this empty on a shared device
second-missing = Enter the code.
second-wrong = The code is not right or no longer valid. Please check it and try again.
second-locked = { $minutes ->
    [one] There were many wrong tries. To protect the account, please try again in { $minutes } minute.
   *[other] There were many wrong tries. To protect the account, please try again in { $minutes } minutes.
}
second-not-sent = Text messages cannot be sent at the moment. Please try again later, or use another way.

sms-title = Sign in by text message
sms-number-hint = Your verified mobile number, 11 digits, mainland China
sms-number-shape = Enter a mobile number of 11 digits, for example 13800138000.
sms-submit = Send a code
sms-sent = If this number is verified in an account, a text message is on its way.
sms-by-password = Sign in with a password

security-title = Security
security-second = Two-step verification
security-second-on = At sign-in you can confirm in one of these ways that it is you. Important services ask for it.
security-second-off = Your account is protected by a password alone. Add a second step, and nobody can sign in even if the password gets out.
security-verified = Verified
security-unverified = Not verified
security-mobile-none = Not set up
security-mobile-change = Change
security-mobile-verify = Verify
security-mobile-remove = Remove the mobile number
security-remove = Remove
security-remove-label = Remove { $name }
security-added = Added
security-used = Last used
security-recovery-left = { $left ->
    [one] { $left } left
   *[other] { $left } left
}
security-recovery-none = For the day when your phone is not at hand: make a set and keep it safe
security-recovery-make = Make
security-recovery-again = Make new ones
security-add-totp = Add an authenticator app
security-always = Verify at every sign-in
security-always-on = The second step is asked at every sign-in.
security-always-off = The second step is asked when a service needs it.
security-always-turn-on = Ask at every sign-in
security-always-turn-off = Ask only when needed
security-devices = Trusted devices
security-devices-what = On these devices the second step is not asked at sign-in. Services that need a higher level ask all the same.
security-seen = Last sign-in
security-until = Trusted until
security-distrust = Do not trust
security-distrust-label = Do not trust { $device }
security-back = Back to the account
security-app-added = The authenticator app was added. Consider making a set of recovery codes too.
security-mobile-verified = Your mobile number is verified.
security-removed = It was removed.
security-saved = Saved.
security-distrusted = The device is no longer trusted.

totp-title = Add an authenticator app
totp-step-app = Open an authenticator app on your phone; any that knows standard one-time codes will do.
totp-step-scan = Scan this picture.
totp-type = If you cannot scan it, type this key into the app:
totp-step-code = Enter the 6 digits that the app shows.
totp-label = Name (optional)
totp-label-hint = To tell several apps apart, for example: my phone
totp-submit = Add

recovery-title = Recovery codes
recovery-once = These codes are shown only now. Print them or write them down, and keep them in a safe place. Earlier codes no longer work.
recovery-file = Download as a text file
recovery-done = I have kept them

mobile-title = Verify your mobile number
mobile-what = Afterwards you can sign in by text message, and you are told when something happens to your account.
mobile-hint = 11 digits, mainland China

challenge-picture = A picture of five digits. If you cannot read it, answer the question below it
challenge-or = If you cannot read the picture: { $question }
challenge-answer = The digits in the picture, or the answer to the question
challenge-hint = Answer either one, in digits
challenge-again = Please answer the new question.
challenge-wrong = Please answer the new question, and enter the password again.

enrol-title = Add a way to verify
enrol-what = This service wants to be sure of you by more than a password, and your account has nothing for it yet. Choose one to add; then you go on from here.
enrol-then = When it is added you are asked to verify with it once. With an app, wait for its next code; with a text message, wait a minute before the next.
enrol-decline = Not now: back to the service
security-rename = Rename
security-rename-label = Name
security-rename-save = Save
security-renamed = The name was saved.
