# Sign out
logout-title = Sign out
logout-question = Do you want to sign out?
logout-asked = { $service } asks you to sign out.
logout-what = You will be signed out of every service that you used in this session. We tell each of them.
logout-services = { $count ->
    [one] { $count } service will be told
   *[other] { $count } services will be told
}
logout-confirm = Sign out everywhere
logout-cancel = Stay signed in
logout-result-title = You are signed out
logout-result-none = Your session in this browser is over. There was no other service to tell.
logout-result-all = { $all ->
    [one] The { $all } service that you used in this session has signed you out.
   *[other] All { $all } services that you used in this session have signed you out.
}
logout-result-some = Of { $all } services that you used in this session, { $told } signed you out and { $left } did not confirm it.
logout-result-pending = Of { $all } services that you used in this session, { $told } signed you out and { $pending } are still being told. We keep telling them for up to { $hours } hours. You need not wait or do anything.
logout-result-table = Result of signing out, service by service
logout-column-service = Service
logout-column-result = Result
logout-column-time = Time taken
logout-told = Signed out
logout-waiting = Notifying
logout-retrying = Trying again
logout-tries = { $tries ->
    [one] { $tries } try, next:
   *[other] { $tries } tries, next:
}
logout-failed = Not reached
logout-not-tellable = Cannot notify
logout-seconds = { $seconds } s
logout-left-open = Please sign out yourself at the services that did not confirm it, or close your browser. On a shared computer, be sure to do so.
