# Two accounts become one
merge-title = Merge two accounts
merge-nothing = No account is waiting to be merged with yours.
merge-found = The document that you have just checked belongs to another account. If that account is yours too, the present account can be merged into it.
merge-what = Afterwards the account { $username } is closed and signed out of every service, and you sign in with the other one. Password, mobile number and consents do not move. This cannot be undone.
merge-begin = Begin the merge
merge-wished = Please sign in to the other account within 15 minutes. You will be asked to confirm there.
merge-sign-in = Sign in to the other account
merge-confirm = The account { $other } asks to be merged into your present account { $username }. Confirm only if both accounts are yours.
merge-submit = Merge the accounts
merge-decline = Do not merge
merge-again = Please sign in again first
merge-again-what = To merge accounts you must have signed in to both of them just now.
merge-again-do = Sign in again
merge-done = The two accounts are merged
merge-done-what = From now on please sign in with your present account only.
