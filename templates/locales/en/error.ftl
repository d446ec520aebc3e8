# Errors, expiry, busy, and the page that sends itself
error-advice = What you can do
error-code = Error code
error-reference = Reference
error-time = Time
error-developers = For the developers of the service

error-service = The service that asks you to sign in is not known
error-service-what = It is not connected to this platform, or its connection is suspended.
error-service-do = Please start again from the official website or app that you know. If you see this page again, please give the service the reference below.
error-return = Signing in was stopped to protect your account
error-return-what = The return address that the service gave is not registered with this platform. Going on could hand your identity to a stranger.
error-return-do = Please do not use that link again. Go to the official website of the service instead. If that leads here too, please give the service the reference below.
error-request = The request of the service is not right
error-request-what = What we received is incomplete or incorrect, so we cannot go on. Your account is not affected.
error-request-do = Please go back to the service and try again. If this happens again, please give the service the reference below.
error-logout = You could not be signed out the way the service asked
error-logout-what = The proof that came with the request is not valid. We did not sign you out: you are still signed in.
error-logout-do = You can sign out yourself under "My account".
error-page = This form was not accepted
error-page-what = What was sent did not come from the page that was shown to you. Perhaps several pages were open, much time went by, or your browser does not keep cookies.
error-page-do = Please make sure that your browser accepts cookies, then open the page again.
error-account = This account cannot be used at present
error-account-what = The account is disabled or being closed and cannot sign in to any service.
error-account-do = If you have questions, please bring a valid ID to a government service hall near you.
error-level = Your identity level is below what the service needs
error-level-what = The service needs a higher level, which was not reached this time. You were not signed in there.
error-level-do = You can go back to the service and start again, or complete the identity check under "My account" first.
error-above = The platform above does not answer
error-above-what = Signing in there is not possible at the moment. Nothing of yours is lost.
error-above-do = You can go back and sign in with an account of this platform, or try again shortly.
error-above-refused = The platform above did not complete the sign-in
error-above-refused-what = It has let nobody in this time.
error-above-untrusted = The sign-in could not be confirmed
error-above-untrusted-what = What came back from the platform above did not pass our checks, so nobody was signed in.
error-above-state = This sign-in cannot go on
error-above-state-what = It took too long, was used before, has ended at the platform above, or was begun in another browser.
error-above-state-do = Please go back and sign in again in this browser.
error-above-company = You cannot act for this company here
error-above-company-what = The platform above has said that you may act for it, but it is suspended here, not accepted here, or your own identity is not verified well enough here.
error-above-company-do = You can go back and choose another identity, or act for yourself.
error-missing = There is no such page
error-missing-what = The address that you opened does not exist. It may have changed or been mistyped.
error-missing-do = Please check the address, or start from the home page.
error-fault = Sorry, something went wrong on our side
error-fault-what = Your request was not completed. The problem has been recorded and will be looked after.
error-fault-do = Please try again later. If this keeps happening, please tell us the reference below.

expired-finished = This sign-in is complete
expired-finished-what = Perhaps you pressed the back button, or signed in on another page. There is nothing more to do here.
expired-time = This sign-in has expired
expired-time-what = The page was open for a long time. To protect your account, please start again. Nothing that you had sent is lost.
expired-browser = This sign-in cannot go on here
expired-browser-what = It was begun in another browser, or this browser does not keep cookies. Please start again in one and the same browser.
expired-again = Sign in again
expired-again-at = Start again at { $service }

busy-crowded = It is crowded right now
busy-crowded-what = Many people are using the platform and your request has not been handled. What you sent before is not affected.
busy-too-many = Too many requests
busy-too-many-what = Many requests came from your network. Please wait a moment; this protects all accounts.
busy-unavailable = The service is not available right now
busy-unavailable-what = A part of the system is recovering. Your data is safe.
busy-wait = { $seconds ->
    [one] Please try again in { $seconds } second.
   *[other] Please try again in { $seconds } seconds.
}
busy-retry = Try again

form-post-title = Returning to the service
form-post-what = You are signed in and the result is on its way to { $service }. If the page does not move on by itself, please use the button below.
