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
second-sms-hint = 6 digits, good for 5 minutes. Tell them to nobody
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
