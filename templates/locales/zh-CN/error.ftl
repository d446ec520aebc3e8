# 出错、过期、繁忙，以及自动提交页
error-advice = 您可以这样做
error-code = 错误代码
error-reference = 参考编号
error-time = 时间
error-developers = 给服务开发者的说明

error-service = 没有找到请求登录的服务
error-service-what = 请求登录的服务没有接入本平台，或已经暂停接入。
error-service-do = 请从您熟悉的官方网站或应用重新进入。如果仍然看到此页，请把下面的参考编号告诉该服务。
error-return = 为保护您的账号，登录已停止
error-return-what = 该服务给出的返回地址没有在本平台登记，继续登录可能会把您的身份交给陌生网站。
error-return-do = 请不要再从刚才的链接登录，改从该服务的官方网站进入。如果官方网站也出现此页，请把参考编号告诉该服务。
error-request = 该服务的登录请求有误
error-request-what = 我们收到的请求不完整或不正确，无法继续。您的账号没有受到影响。
error-request-do = 请返回该服务再试一次。如果仍然如此，请把参考编号告诉该服务。
error-logout = 无法按该服务的要求退出
error-logout-what = 退出请求所带的凭证无效，我们没有替您退出，您仍处于登录状态。
error-logout-do = 您可以在账号中心自行退出登录。
error-page = 这次提交没有被接受
error-page-what = 提交的内容不是来自刚才显示给您的页面。可能是打开了多个页面、停留过久，或浏览器关闭了 Cookie。
error-page-do = 请确认浏览器允许使用 Cookie，然后重新打开页面再试。
error-account = 此账号目前不能使用
error-account-what = 账号已停用或正在注销，不能登录任何服务。
error-account-do = 如有疑问，请携带有效证件到就近的政务服务大厅咨询。
error-level = 实名等级未达到该服务的要求
error-level-what = 该服务需要更高的实名等级，本次没有完成，因此没有登录。
error-level-do = 您可以返回该服务重新办理，或先到账号中心完成实名核验。
error-missing = 没有这个页面
error-missing-what = 您打开的地址不存在，可能已经变更或输入有误。
error-missing-do = 请检查地址，或从首页重新进入。
error-fault = 抱歉，我们这边出了问题
error-fault-what = 您的请求没有完成。问题已经记录，工作人员会处理。
error-fault-do = 请稍后再试。如果多次出现，请把参考编号告诉我们。

expired-finished = 这次登录已经完成
expired-finished-what = 您可能按了返回键，或在另一个页面里已经登录。不必重复操作。
expired-time = 这次登录已经过期
expired-time-what = 页面停留的时间较长，为保护您的账号，需要重新开始。您没有丢失任何已提交的内容。
expired-browser = 这次登录不能在这里继续
expired-browser-what = 登录是在另一个浏览器里开始的，或当前浏览器关闭了 Cookie。请在同一个浏览器里重新开始。
expired-again = 重新登录
expired-again-at = 回到{ $service }重新开始

busy-crowded = 现在人有点多
busy-crowded-what = 同时使用的人较多，您的请求还没有处理。已提交的内容不受影响。
busy-too-many = 操作过于频繁
busy-too-many-what = 来自您所在网络的请求较多，为保护大家的账号，请稍等一会儿。
busy-unavailable = 服务暂时不可用
busy-unavailable-what = 系统的一部分正在恢复，您的数据是安全的。
busy-wait = 请在 { $seconds } 秒后重试。
busy-retry = 重试

form-post-title = 正在返回服务
form-post-what = 登录已完成，正在把结果交给{ $service }。如果页面没有自动跳转，请点击下面的按钮。
